{{- /*
A value with the templates in its strings filled in, as JSON. Takes "value" and "root". Each string is filled in by itself, so that
nothing in it can change the YAML around it.
*/}}
{{- define "aws-glue-exporter.filledIn" -}}
{{- $root := .root }}
{{- if not (contains "{{" (mustToJson .value)) }}
{{- mustToJson .value }}
{{- else if kindIs "string" .value }}
{{- tpl .value $root | mustToJson }}
{{- else if kindIs "map" .value }}
{{- $map := dict }}
{{- range $key, $inner := .value }}
{{- $_ := set $map (tpl $key $root) (include "aws-glue-exporter.filledIn" (dict "value" $inner "root" $root) | mustFromJson) }}
{{- end }}
{{- mustToJson $map }}
{{- else }}
{{- $list := list }}
{{- range .value }}
{{- $list = append $list (include "aws-glue-exporter.filledIn" (dict "value" . "root" $root) | mustFromJson) }}
{{- end }}
{{- mustToJson $list }}
{{- end }}
{{- end }}

{{- /*
Fills in the templates in the values. Every template of the chart includes it first: Helm renders them in no particular order, with the
same values. What is in prometheusRule is left alone but for its metadata: braces in it are those of Prometheus.
*/}}
{{- define "aws-glue-exporter.fillInValues" -}}
{{- if not (hasKey . "aws-glue-exporter.areValuesFilledIn") }}
{{- $rules := .Values.prometheusRule | default dict }}
{{- $given := omit .Values "prometheusRule" }}
{{- $_ := set $given "prometheusRule" (pick $rules "namespace" "labels" "annotations") }}
{{- if contains "{{" (mustToJson $given) }}
{{- $values := include "aws-glue-exporter.filledIn" (dict "value" $given "root" .) | mustFromJson }}
{{- range $key, $value := omit $rules "namespace" "labels" "annotations" }}
{{- $_ := set $values.prometheusRule $key $value }}
{{- end }}
{{- $_ := set . "Values" $values }}
{{- end }}
{{- $_ := set . "aws-glue-exporter.areValuesFilledIn" true }}
{{- end }}
{{- end }}
