{{- /* Where people reach the status page: the value, or what the ingress says. Empty when neither does. */}}
{{- define "aws-glue-exporter.externalUrl" -}}
{{- $ingress := .Values.ingress | default dict }}
{{- if .Values.externalUrl }}
{{- .Values.externalUrl }}
{{- else if and $ingress.enabled $ingress.hosts }}
{{- $first := first $ingress.hosts }}
{{- $path := (first ($first.paths | default (list dict))).path | default "/" }}
{{- /* A regular expression is no path. */}}
{{- if and $first.host (regexMatch "^/[A-Za-z0-9._~/-]*$" $path) (not (hasPrefix "*" $first.host)) }}
{{- printf "%s://%s/%s" (empty $ingress.tls | ternary "http" "https") $first.host (trimAll "/" $path) }}
{{- end }}
{{- end }}
{{- end }}

{{- /* What comes before all paths, as in Prometheus: --web.route-prefix, or else the path of the external URL. Empty for nothing. */}}
{{- define "aws-glue-exporter.routePrefix" -}}
{{- $url := include "aws-glue-exporter.externalUrl" . }}
{{- $path := .Values.routePrefix | default (empty $url | ternary "" (get (urlParse $url) "path")) | trimAll "/" }}
{{- if $path }}/{{ $path }}{{ end }}
{{- end }}

{{- define "aws-glue-exporter.metricsPath" -}}
{{- include "aws-glue-exporter.routePrefix" . }}{{ .Values.telemetryPath }}
{{- end }}

{{- define "aws-glue-exporter.containerPort" -}}
{{- .Values.containerPort | default 14583 | int }}
{{- end }}

{{- /* The port of the pod that the service forwards to: a name or a number. */}}
{{- define "aws-glue-exporter.targetPort" -}}
{{- .Values.service.targetPort | default "http-metrics" }}
{{- end }}

{{- /* The address as in a URL: IPv6 in brackets. */}}
{{- define "aws-glue-exporter.listenHost" -}}
{{- $host := .Values.listenAddress | default "" | trimPrefix "[" | trimSuffix "]" }}
{{- contains ":" $host | ternary (printf "[%s]" $host) $host }}
{{- end }}

{{- /* Whether only the pod's own containers reach the exporter. Empty for no. */}}
{{- define "aws-glue-exporter.isLocal" -}}
{{- if regexMatch "^(127\\.|localhost$|\\[::1\\]$)" (include "aws-glue-exporter.listenHost" .) }}true{{ end }}
{{- end }}

{{- /* How the exporter is called. Flags are refused when given twice, so those with a value of their own cannot be in extraArgs. */}}
{{- define "aws-glue-exporter.args" -}}
{{- $web := include "aws-glue-exporter.webConfig" . | fromJson }}
{{- $values := dict "config.file" "config" "shard" "shards" "web.telemetry-path" "telemetryPath" "web.config.file" "webConfig" "web.external-url" "externalUrl" "web.route-prefix" "routePrefix" "log.level" "logLevel" "log.format" "logFormat" }}
{{- range .Values.extraArgs }}
{{- $flag := regexReplaceAll "^--?([^=]*).*$" . "${1}" }}
{{- with get $values $flag }}
{{- fail (printf "extraArgs has --%s, which the chart gives itself: set %s instead" $flag .) }}
{{- end }}
{{- end }}
{{- $args := list "--config.file=/etc/aws-glue-exporter/config.yaml" }}
{{- if include "aws-glue-exporter.isSharded" . }}
{{- $args = append $args (printf "--shard=$(POD_NAME)/%s" (include "aws-glue-exporter.shards" .)) }}
{{- end }}
{{- $args = append $args (printf "--web.listen-address=%s:%s" (include "aws-glue-exporter.listenHost" .) (include "aws-glue-exporter.containerPort" .)) }}
{{- $args = append $args (printf "--web.telemetry-path=%s" .Values.telemetryPath) }}
{{- $url := include "aws-glue-exporter.externalUrl" . }}
{{- with $url }}{{ $args = append $args (printf "--web.external-url=%s" .) }}{{ end }}
{{- if or $url .Values.routePrefix }}
{{- $args = append $args (printf "--web.route-prefix=%s" (include "aws-glue-exporter.routePrefix" . | default "/")) }}
{{- end }}
{{- if $web.secrets }}
{{- $args = append $args (printf "--web.config.file=%s" $web.file) }}
{{- end }}
{{- $args = concat $args (list (printf "--log.level=%s" .Values.logLevel) (printf "--log.format=%s" .Values.logFormat)) }}
{{- toYaml (concat $args (.Values.extraArgs | default list)) }}
{{- end }}

{{- /* The environment: of a name that is there more than once the last one, since server-side apply refuses a list with both. */}}
{{- define "aws-glue-exporter.env" -}}
{{- $given := list }}
{{- if include "aws-glue-exporter.isSharded" . }}
{{- $given = append $given (dict "name" "POD_NAME" "valueFrom" (dict "fieldRef" (dict "fieldPath" "metadata.name"))) }}
{{- end }}
{{- with .Values.aws.region }}{{ $given = append $given (dict "name" "AWS_REGION" "value" .) }}{{ end }}
{{- $given = concat $given (.Values.extraEnv | default list) }}
{{- $env := list }}
{{- $names := list }}
{{- range reverse $given }}
{{- if not (has .name $names) }}
{{- $names = append $names .name }}
{{- $env = prepend $env . }}
{{- end }}
{{- end }}
{{- with $env }}
{{- toYaml . }}
{{- end }}
{{- end }}

{{- /* What Kubernetes asks: of the release and a path. Where it does not reach the exporter, a script in the container asks. */}}
{{- define "aws-glue-exporter.probe" -}}
{{- $web := include "aws-glue-exporter.webConfig" .release | fromJson }}
{{- $isTcp := and (not (empty $web.secrets)) (eq $web.probe "tcp") }}
{{- $path := printf "%s%s" (include "aws-glue-exporter.routePrefix" .release) .path }}
{{- if include "aws-glue-exporter.isLocal" .release -}}
{{- $scheme := $isTcp | ternary "tcp" ($web.tls | ternary "https" "http") }}
{{- $url := printf "%s://%s:%s%s" $scheme (include "aws-glue-exporter.listenHost" .release) (include "aws-glue-exporter.containerPort" .release) $path }}
{{- $headers := $web.secrets | empty | ternary dict $web.headers }}
{{- $command := list "/nodejs/bin/node" "--input-type=module" "--eval" (.release.Files.Get "files/probe.mjs") $url (toJson $headers) }}
{{- dict "exec" (dict "command" $command) | toYaml }}
{{- else if $isTcp -}}
tcpSocket:
  port: http-metrics
{{- else -}}
httpGet:
  path: {{ $path }}
  port: http-metrics
  {{- if $web.tls }}
  scheme: HTTPS
  {{- end }}
  {{- if and $web.secrets $web.headers }}
  httpHeaders:
    {{- range $name, $value := $web.headers }}
    - name: {{ $name | quote }}
      value: {{ $value | quote }}
    {{- end }}
  {{- end }}
{{- end }}
{{- end }}
