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

{{- define "aws-glue-exporter.namespace" -}}
{{- .Values.namespaceOverride | default .Release.Namespace }}
{{- end }}

{{- define "aws-glue-exporter.serviceAccountName" -}}
{{- if .Values.serviceAccount.create }}
{{- .Values.serviceAccount.name | default (include "aws-glue-exporter.fullname" .) }}
{{- else }}
{{- .Values.serviceAccount.name | default "default" }}
{{- end }}
{{- end }}

{{- define "aws-glue-exporter.repository" -}}
{{- $registry := dig "imageRegistry" "" (.Values.global | default dict) | default .Values.image.registry }}
{{- if $registry }}{{ trimSuffix "/" $registry }}/{{ end }}{{ .Values.image.repository }}
{{- end }}

{{- define "aws-glue-exporter.image" -}}
{{- $repository := include "aws-glue-exporter.repository" . }}
{{- if .Values.image.digest }}
{{- printf "%s@%s" $repository .Values.image.digest }}
{{- else }}
{{- printf "%s:%s" $repository (.Values.image.tag | default .Chart.AppVersion) }}
{{- end }}
{{- end }}

{{- /* Some charts have only the names in global. */}}
{{- define "aws-glue-exporter.imagePullSecrets" -}}
{{- $secrets := .Values.imagePullSecrets | default list }}
{{- range dig "imagePullSecrets" list (.Values.global | default dict) }}
{{- $secrets = append $secrets (kindIs "string" . | ternary (dict "name" .) .) }}
{{- end }}
{{- with uniq $secrets -}}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- /*
What is missing has its default in the templates, too: `helm upgrade --reuse-values` brings the values of the chart before, without
new keys. Nothing is merged in where null takes a default away, as in resources.
*/}}
{{- define "aws-glue-exporter.shards" -}}
{{- .Values.shards | default 1 | int }}
{{- end }}

{{- define "aws-glue-exporter.persistence" -}}
{{- $given := .Values.persistence | default dict }}
{{- $otherwise := dict "enabled" false "size" "1Gi" "accessModes" (list "ReadWriteOnce") }}
{{- mustToJson (mustMerge (deepCopy $given) $otherwise) }}
{{- end }}

{{- /* Empty for no. */}}
{{- define "aws-glue-exporter.isPersistent" -}}
{{- if (include "aws-glue-exporter.persistence" . | mustFromJson).enabled }}true{{- end }}
{{- end }}

{{- define "aws-glue-exporter.isSharded" -}}
{{- if gt (include "aws-glue-exporter.shards" . | int) 1 }}true{{- end }}
{{- end }}

{{- /* A claim of the user for the state; empty for none. */}}
{{- define "aws-glue-exporter.existingClaim" -}}
{{- with (include "aws-glue-exporter.persistence" . | mustFromJson).existingClaim }}
{{- if not (include "aws-glue-exporter.isPersistent" $) }}
{{- fail "persistence.existingClaim is set, but persistence.enabled is false: set it to true" }}
{{- end }}
{{- if include "aws-glue-exporter.isSharded" $ }}
{{- fail "persistence.existingClaim is set and there are several shards: each needs a volume of its own, so leave it empty" }}
{{- end }}
{{- . }}
{{- end }}
{{- end }}

{{- /* Several shards, or a volume for each pod: then the pods have names that stay. */}}
{{- define "aws-glue-exporter.isStateful" -}}
{{- if include "aws-glue-exporter.isSharded" . }}true
{{- else if and (include "aws-glue-exporter.isPersistent" .) (not (include "aws-glue-exporter.existingClaim" .)) }}true{{- end }}
{{- end }}

{{- /* Kubernetes adds a hash of 11 characters for a label. */}}
{{- define "aws-glue-exporter.statefulSetName" -}}
{{- include "aws-glue-exporter.fullname" . | trunc 52 | trimSuffix "-" }}
{{- end }}

{{- define "aws-glue-exporter.headlessName" -}}
{{- printf "%s-headless" (include "aws-glue-exporter.fullname" . | trunc 54 | trimSuffix "-") }}
{{- end }}

{{- /* config.state.path; empty where it, or anything above it, is missing or has nothing below it. */}}
{{- define "aws-glue-exporter.configStatePath" -}}
{{- $config := .Values.config | default dict }}
{{- $state := $config.state | default dict }}
{{- $state.path | default "" }}
{{- end }}

{{- /* Where the volume for the state is mounted. */}}
{{- define "aws-glue-exporter.statePath" -}}
{{- $path := include "aws-glue-exporter.configStatePath" . | default "/var/lib/aws-glue-exporter" }}
{{- if not (hasPrefix "/" $path) }}
{{- fail (printf "config.state.path is %q: with persistence.enabled the volume is mounted there, so it must begin with /" $path) }}
{{- end }}
{{- $folder := printf "%s/" (clean $path | trimSuffix "/") }}
{{- $ours := "/etc/aws-glue-exporter/" }}
{{- if or (hasPrefix $ours $folder) (hasPrefix $folder $ours) }}
{{- fail (printf "config.state.path is %q: with persistence.enabled the volume is mounted there, in the way of the configuration in %s; choose another, such as /var/lib/aws-glue-exporter" $path (trimSuffix "/" $ours)) }}
{{- end }}
{{- $web := printf "%s/" (include "aws-glue-exporter.webConfigFolder" .) }}
{{- if and (include "aws-glue-exporter.webConfig" . | fromJson).secrets (or (hasPrefix $web $folder) (hasPrefix $folder $web)) }}
{{- fail (printf "config.state.path is %q: with persistence.enabled the volume is mounted there, in the way of the web config in %s" $path (trimSuffix "/" $web)) }}
{{- end }}
{{- $path }}
{{- end }}

{{- /* Whether the configuration comes from a ConfigMap or Secret that exists. Empty for no. */}}
{{- define "aws-glue-exporter.existingConfig" -}}
{{- if and .Values.configExistingConfigMapName .Values.configExistingSecretName }}
{{- fail "configExistingConfigMapName and configExistingSecretName are both set: give one of them" }}
{{- end }}
{{- with .Values.configExistingConfigMapName | default .Values.configExistingSecretName }}
{{- if $.Values.config }}
{{- fail (printf "config is set, but the configuration comes from %q: leave one of them out" .) }}
{{- end }}
{{- . }}
{{- end }}
{{- end }}

{{- /* The source of the volume with the configuration. */}}
{{- define "aws-glue-exporter.configVolume" -}}
{{- $existing := include "aws-glue-exporter.existingConfig" . }}
{{- $items := list (dict "key" (.Values.configExistingKey | default "config.yaml") "path" "config.yaml") }}
{{- if not $existing }}
{{- dict "configMap" (dict "name" (include "aws-glue-exporter.fullname" .)) | toYaml }}
{{- else if .Values.configExistingSecretName }}
{{- dict "secret" (dict "secretName" $existing "items" $items) | toYaml }}
{{- else }}
{{- dict "configMap" (dict "name" $existing "items" $items) | toYaml }}
{{- end }}
{{- end }}

{{- /* With a volume for the state, the configuration says where it is. */}}
{{- define "aws-glue-exporter.config" -}}
{{- $config := .Values.config | default dict }}
{{- if include "aws-glue-exporter.isPersistent" . }}
{{- $state := dict "state" (dict "path" (include "aws-glue-exporter.statePath" .)) }}
{{- toYaml (mustMergeOverwrite (deepCopy $config) $state) }}
{{- else if and (include "aws-glue-exporter.configStatePath" .) (include "aws-glue-exporter.isSharded" .) }}
{{- fail "config.state.path is set and there are several shards: each needs a folder of its own, so set persistence.enabled too" }}
{{- else }}
{{- toYaml $config }}
{{- end }}
{{- end }}

{{- /* Empty for no. */}}
{{- define "aws-glue-exporter.hasTest" -}}
{{- if dig "enabled" true (.Values.helmTest | default dict) }}true{{- end }}
{{- end }}
