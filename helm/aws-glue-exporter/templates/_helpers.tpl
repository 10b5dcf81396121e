{{- define "aws-glue-exporter.name" -}}
{{- .Values.nameOverride | default .Chart.Name | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- /* At most 63 characters, the limit of a DNS label. A release that already bears the name is not prefixed with it twice. */}}
{{- define "aws-glue-exporter.fullname" -}}
{{- $name := include "aws-glue-exporter.name" . }}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" }}
{{- else if contains $name .Release.Name }}
{{- .Release.Name | trunc 63 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name $name | trunc 63 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- /* What never changes during a release's life: a Deployment's selector cannot be edited. */}}
{{- define "aws-glue-exporter.selectorLabels" -}}
app.kubernetes.io/name: {{ include "aws-glue-exporter.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "aws-glue-exporter.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{ include "aws-glue-exporter.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{- define "aws-glue-exporter.serviceAccountName" -}}
{{- if .Values.serviceAccount.create }}
{{- .Values.serviceAccount.name | default (include "aws-glue-exporter.fullname" .) }}
{{- else }}
{{- .Values.serviceAccount.name | default "default" }}
{{- end }}
{{- end }}

{{- define "aws-glue-exporter.image" -}}
{{- if .Values.image.digest }}
{{- printf "%s@%s" .Values.image.repository .Values.image.digest }}
{{- else }}
{{- printf "%s:%s" .Values.image.repository (.Values.image.tag | default .Chart.AppVersion) }}
{{- end }}
{{- end }}

{{- /* Several shards, or a volume of its own: then the pods have names that stay. Empty for no. */}}
{{- define "aws-glue-exporter.isStateful" -}}
{{- if or (gt (int .Values.shards) 1) .Values.persistence.enabled }}true{{- end }}
{{- end }}

{{- /* Kubernetes adds a hash of 11 characters for a label. */}}
{{- define "aws-glue-exporter.statefulSetName" -}}
{{- include "aws-glue-exporter.fullname" . | trunc 52 | trimSuffix "-" }}
{{- end }}

{{- define "aws-glue-exporter.headlessName" -}}
{{- printf "%s-headless" (include "aws-glue-exporter.fullname" . | trunc 54 | trimSuffix "-") }}
{{- end }}

{{- define "aws-glue-exporter.statePath" -}}
{{- dig "state" "path" "" .Values.config | default "/var/lib/aws-glue-exporter" }}
{{- end }}

{{- /* With a volume for the state, the configuration says where it is. */}}
{{- define "aws-glue-exporter.config" -}}
{{- $hasPath := dig "state" "path" "" .Values.config }}
{{- if .Values.persistence.enabled }}
{{- $state := dict "state" (dict "path" (include "aws-glue-exporter.statePath" .)) }}
{{- toYaml (mustMergeOverwrite (deepCopy .Values.config) $state) }}
{{- else if and $hasPath (gt (int .Values.shards) 1) }}
{{- fail "config.state.path is set and there are several shards: each needs a folder of its own, so set persistence.enabled too" }}
{{- else }}
{{- toYaml .Values.config }}
{{- end }}
{{- end }}
