{{- /* What never changes during a release's life: a Deployment's selector cannot be edited. */}}
{{- define "aws-glue-exporter.selectorLabels" -}}
{{- dict "app.kubernetes.io/name" (include "aws-glue-exporter.name" .) "app.kubernetes.io/instance" .Release.Name | toYaml }}
{{- end }}

{{- /* The pod of `helm test`: no service, budget or policy may take it for the exporter. */}}
{{- define "aws-glue-exporter.testLabels" -}}
{{- $name := printf "%s-test" (include "aws-glue-exporter.name" . | trunc 58 | trimSuffix "-") }}
{{- dict "app.kubernetes.io/name" $name "app.kubernetes.io/instance" .Release.Name | toYaml }}
{{- end }}

{{- /* Several maps as one, as YAML: of a key in more than one, the last value. (mergeOverwrite ignores empty values.) */}}
{{- define "aws-glue-exporter.merged" -}}
{{- $merged := dict }}
{{- range . }}
{{- range $key, $value := . }}
{{- if not (kindIs "invalid" $value) }}{{ $_ := set $merged $key $value }}{{ end }}
{{- end }}
{{- end }}
{{- with $merged }}{{ toYaml . }}{{ end }}
{{- end }}

{{- /*
The labels of an object, as YAML: the chart's, commonLabels, the object's own in the values ("labels": a list of maps), and those that
selectors look for ("fixed"), which no value changes. "root" is the release.
*/}}
{{- define "aws-glue-exporter.labelsOf" -}}
{{- $chart := printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- $own := dict "helm.sh/chart" $chart "app.kubernetes.io/version" .root.Chart.AppVersion "app.kubernetes.io/managed-by" .root.Release.Service }}
{{- $names := include "aws-glue-exporter.selectorLabels" .root | fromYaml }}
{{- include "aws-glue-exporter.merged" (concat (list $own $names .root.Values.commonLabels) (.labels | default list) (list .fixed)) }}
{{- end }}

{{- /*
An object's metadata. Takes "root"; "name" and "namespace" unless they are the release's; "labels" and "fixed" as
labelsOf, or "allLabels" instead;
"annotations" (a list of maps, added to commonAnnotations), and "fixedAnnotations", which no value changes.
*/}}
{{- define "aws-glue-exporter.metadata" -}}
{{- $metadata := dict "name" (.name | default (include "aws-glue-exporter.fullname" .root)) }}
{{- $_ := set $metadata "namespace" (.namespace | default (include "aws-glue-exporter.namespace" .root)) }}
{{- $_ := set $metadata "labels" (.allLabels | default (include "aws-glue-exporter.labelsOf" . | fromYaml)) }}
{{- $annotations := concat (list .root.Values.commonAnnotations) (.annotations | default list) (list .fixedAnnotations) }}
{{- with include "aws-glue-exporter.merged" $annotations }}{{ $_ := set $metadata "annotations" (fromYaml .) }}{{ end }}
{{- toYaml $metadata }}
{{- end }}

{{- /* The labels of the pods. */}}
{{- define "aws-glue-exporter.podLabels" -}}
{{- $fixed := include "aws-glue-exporter.selectorLabels" . | fromYaml }}
{{- include "aws-glue-exporter.labelsOf" (dict "root" . "labels" (list .Values.podLabels) "fixed" $fixed) }}
{{- end }}

{{- /* The labels of the service that is scraped. The ServiceMonitor leaves out services with the component "headless". */}}
{{- define "aws-glue-exporter.serviceLabels" -}}
{{- $fixed := include "aws-glue-exporter.selectorLabels" . | fromYaml }}
{{- $labels := include "aws-glue-exporter.labelsOf" (dict "root" . "labels" (list .Values.service.labels) "fixed" $fixed) | fromYaml }}
{{- if eq (get $labels "app.kubernetes.io/component") "headless" }}{{ $_ := unset $labels "app.kubernetes.io/component" }}{{ end }}
{{- toYaml $labels }}
{{- end }}
