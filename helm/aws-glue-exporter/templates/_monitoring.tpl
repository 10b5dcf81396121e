{{- define "aws-glue-exporter.jobLabel" -}}
{{- .Values.serviceMonitor.jobLabel | default "app.kubernetes.io/name" }}
{{- end }}

{{- /* The label job that Prometheus gives what the ServiceMonitor finds: the service's label, or its name if it has no such label. */}}
{{- define "aws-glue-exporter.job" -}}
{{- $labels := include "aws-glue-exporter.labels" . | fromYaml }}
{{- $labels = mustMergeOverwrite $labels (deepCopy (.Values.service.labels | default dict)) }}
{{- get $labels (include "aws-glue-exporter.jobLabel" .) | default (include "aws-glue-exporter.fullname" .) }}
{{- end }}

{{- /* The matchers of every metric in the rules; empty for all. */}}
{{- define "aws-glue-exporter.ruleSelector" -}}
{{- $selector := dig "selector" "" (.Values.prometheusRule | default dict) | trim }}
{{- if $selector }}
{{- $selector }}
{{- else if .Values.serviceMonitor.enabled }}
{{- /* Releases of one namespace often have the same job; each has a service of its own. */}}
{{- printf "job=%q, namespace=%q, service=%q" (include "aws-glue-exporter.job" .) .Release.Namespace (include "aws-glue-exporter.fullname" .) }}
{{- end }}
{{- end }}
