{{- define "aws-glue-exporter.jobLabel" -}}
{{- .Values.serviceMonitor.jobLabel | default "app.kubernetes.io/name" }}
{{- end }}

{{- /* The label job that Prometheus gives what it finds: the service's or pod's label, or else what the Prometheus Operator falls back to. */}}
{{- define "aws-glue-exporter.job" -}}
{{- $podMonitor := .Values.podMonitor | default dict }}
{{- if $podMonitor.enabled }}
{{- $labels := include "aws-glue-exporter.podLabels" . | fromYaml }}
{{- $fallback := printf "%s/%s" ($podMonitor.namespace | default (include "aws-glue-exporter.namespace" .)) (include "aws-glue-exporter.fullname" .) }}
{{- get $labels ($podMonitor.jobLabel | default "app.kubernetes.io/name") | default $fallback }}
{{- else }}
{{- $labels := include "aws-glue-exporter.serviceLabels" . | fromYaml }}
{{- get $labels (include "aws-glue-exporter.jobLabel" .) | default (include "aws-glue-exporter.fullname" .) }}
{{- end }}
{{- end }}

{{- /* The matchers of every metric in the rules; empty for all. */}}
{{- define "aws-glue-exporter.ruleSelector" -}}
{{- $selector := dig "selector" "" (.Values.prometheusRule | default dict) | trim }}
{{- if $selector }}
{{- $selector }}
{{- else if .Values.serviceMonitor.enabled }}
{{- /* Releases of one namespace often have the same job; each has a service of its own. */}}
{{- printf "job=%q, namespace=%q, service=%q" (include "aws-glue-exporter.job" .) (include "aws-glue-exporter.namespace" .) (include "aws-glue-exporter.fullname" .) }}
{{- else if (.Values.podMonitor | default dict).enabled }}
{{- printf "job=%q, namespace=%q" (include "aws-glue-exporter.job" .) (include "aws-glue-exporter.namespace" .) }}
{{- end }}
{{- end }}

{{- /* What a ServiceMonitor and a PodMonitor have in common above their endpoints. Takes "root" and "monitor", their values. */}}
{{- define "aws-glue-exporter.monitorSpec" -}}
{{- $monitor := .monitor -}}
namespaceSelector:
  matchNames:
    - {{ include "aws-glue-exporter.namespace" .root }}
{{- with $monitor.podTargetLabels }}
podTargetLabels:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- range $limit := list "sampleLimit" "targetLimit" "labelLimit" "labelNameLengthLimit" "labelValueLengthLimit" }}
{{- with index $monitor $limit }}
{{ $limit }}: {{ int64 . }}
{{- end }}
{{- end }}
{{- with $monitor.scrapeProtocols }}
scrapeProtocols:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- /* How one endpoint of a ServiceMonitor or PodMonitor is scraped. Takes "root" and "monitor", their values. */}}
{{- define "aws-glue-exporter.monitorEndpoint" -}}
{{- $monitor := .monitor }}
{{- $web := include "aws-glue-exporter.webConfig" .root | fromJson -}}
path: {{ include "aws-glue-exporter.metricsPath" .root }}
honorLabels: {{ $monitor.honorLabels | default false }}
{{- with $monitor.scheme | default ($web.tls | ternary "https" "") }}
scheme: {{ . }}
{{- end }}
{{- with $monitor.tlsConfig }}
tlsConfig:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $monitor.basicAuth }}
basicAuth:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $monitor.interval }}
interval: {{ . }}
{{- end }}
{{- with $monitor.scrapeTimeout }}
scrapeTimeout: {{ . }}
{{- end }}
{{- $isStateful := include "aws-glue-exporter.isStateful" .root }}
{{- if or $isStateful $monitor.relabelings }}
relabelings:
  {{- if $isStateful }}
  {{- /* A pod that comes back has another address, but goes on with its series. */}}
  - sourceLabels: [__meta_kubernetes_pod_name]
    targetLabel: instance
  {{- end }}
  {{- with $monitor.relabelings }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end }}
{{- with $monitor.metricRelabelings }}
metricRelabelings:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
