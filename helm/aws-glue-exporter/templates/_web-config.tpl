{{- define "aws-glue-exporter.webConfigFolder" -}}
/etc/aws-glue-exporter-web
{{- end }}

{{- /* The Secret that the chart makes of webConfig.content. */}}
{{- define "aws-glue-exporter.webConfigSecret" -}}
{{- printf "%s-web-config" (include "aws-glue-exporter.fullname" . | trunc 242 | trimSuffix "-") }}
{{- end }}

{{- /*
What webConfig comes to, as JSON: the Secrets of which the folder is made (none: plain HTTP), the file in it, whether the exporter
speaks TLS, and how it is probed. What would leave the pod unready for ever is refused, as far as the chart can see it.
*/}}
{{- define "aws-glue-exporter.webConfig" -}}
{{- $given := .Values.webConfig | default dict }}
{{- $content := $given.content | default dict }}
{{- $key := $given.key | default "web-config.yaml" }}
{{- $probe := $given.probe | default "http" }}
{{- $headers := $given.probeHeaders | default dict }}
{{- if and $given.existingSecret $content }}
{{- fail "webConfig has existingSecret and content: give one of them" }}
{{- end }}
{{- $isOn := or $given.existingSecret $content }}
{{- if and (not $isOn) (or $given.tls $given.tlsSecret) }}
{{- fail "webConfig.tls and webConfig.tlsSecret need a web config file: give existingSecret or content" }}
{{- end }}
{{- $tls := $content.tls_server_config | default dict }}
{{- if and $content $given.tls (not $tls) }}
{{- fail "webConfig.tls is true, but webConfig.content has no tls_server_config" }}
{{- end }}
{{- if and (eq $probe "http") (has ($tls.client_auth_type | default "") (list "RequireAnyClientCert" "RequireAndVerifyClientCert")) }}
{{- fail (printf "webConfig.content asks clients for certificates (%s), which Kubernetes does not have: set webConfig.probe to tcp" $tls.client_auth_type) }}
{{- end }}
{{- $names := list }}
{{- range $name, $_ := $headers }}{{ $names = append $names (lower $name) }}{{ end }}
{{- if and (eq $probe "http") $content.basic_auth_users (not (has "authorization" $names)) }}
{{- fail "webConfig.content has basic_auth_users, and the probes need to log in as well: set webConfig.probeHeaders.Authorization, or webConfig.probe to tcp" }}
{{- end }}
{{- $secrets := list }}
{{- if $isOn }}
{{- $secrets = append $secrets ($given.existingSecret | default (include "aws-glue-exporter.webConfigSecret" .)) }}
{{- with $given.tlsSecret }}{{ $secrets = append $secrets . }}{{ end }}
{{- end }}
{{- $isTls := and $isOn (or $given.tls $tls) | not | not }}
{{- dict "secrets" $secrets "file" (printf "%s/%s" (include "aws-glue-exporter.webConfigFolder" .) $key) "key" $key "tls" $isTls "probe" $probe "headers" $headers | toJson }}
{{- end }}
