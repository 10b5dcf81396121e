{{- /* The pod of the Deployment and of the StatefulSet. */}}
{{- define "aws-glue-exporter.pod" -}}
{{- $web := include "aws-glue-exporter.webConfig" . | fromJson -}}
metadata:
  labels:
    {{- include "aws-glue-exporter.podLabels" . | nindent 4 }}
  {{- /* Of the configuration only: an upgrade of the chart that leaves it alone need not restart the pod. */}}
  {{- $checksum := dict }}
  {{- if not (include "aws-glue-exporter.existingConfig" .) }}
  {{- $_ := set $checksum "checksum/config" (include "aws-glue-exporter.config" . | sha256sum) }}
  {{- end }}
  {{- with include "aws-glue-exporter.merged" (list $checksum .Values.podAnnotations) }}
  annotations:
    {{- . | nindent 4 }}
  {{- end }}
spec:
  serviceAccountName: {{ include "aws-glue-exporter.serviceAccountName" . | quote }}
  automountServiceAccountToken: {{ .Values.serviceAccount.automountServiceAccountToken }}
  {{- /* Service variables of other releases are of no use here and could be taken for settings. */}}
  enableServiceLinks: false
  {{- with include "aws-glue-exporter.imagePullSecrets" . }}
  {{- . | nindent 2 }}
  {{- end }}
  {{- with .Values.podSecurityContext }}
  securityContext:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  terminationGracePeriodSeconds: {{ .Values.terminationGracePeriodSeconds }}
  {{- with .Values.priorityClassName }}
  priorityClassName: {{ . | quote }}
  {{- end }}
  {{- with .Values.runtimeClassName }}
  runtimeClassName: {{ . | quote }}
  {{- end }}
  {{- with .Values.hostAliases }}
  hostAliases:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- if .Values.hostNetwork }}
  hostNetwork: true
  {{- end }}
  {{- /* With the node's network Kubernetes would use the node's name servers. */}}
  {{- with .Values.dnsPolicy | default (empty .Values.hostNetwork | ternary "" "ClusterFirstWithHostNet") }}
  dnsPolicy: {{ . }}
  {{- end }}
  {{- with .Values.dnsConfig }}
  dnsConfig:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.initContainers }}
  initContainers:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  containers:
    - name: aws-glue-exporter
      image: {{ include "aws-glue-exporter.image" . | quote }}
      imagePullPolicy: {{ .Values.image.pullPolicy }}
      args:
        {{- include "aws-glue-exporter.args" . | nindent 8 }}
      {{- with include "aws-glue-exporter.env" . }}
      env:
        {{- . | nindent 8 }}
      {{- end }}
      {{- with .Values.extraEnvFrom }}
      envFrom:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      ports:
        - name: http-metrics
          containerPort: {{ include "aws-glue-exporter.containerPort" . }}
          protocol: TCP
      startupProbe:
        {{- include "aws-glue-exporter.probe" (dict "release" . "path" "/-/healthy") | nindent 8 }}
        {{- toYaml .Values.startupProbe | nindent 8 }}
      livenessProbe:
        {{- include "aws-glue-exporter.probe" (dict "release" . "path" "/-/healthy") | nindent 8 }}
        {{- toYaml .Values.livenessProbe | nindent 8 }}
      readinessProbe:
        {{- include "aws-glue-exporter.probe" (dict "release" . "path" "/-/ready") | nindent 8 }}
        {{- toYaml .Values.readinessProbe | nindent 8 }}
      {{- with .Values.lifecycle }}
      lifecycle:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with .Values.resources }}
      resources:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with .Values.securityContext }}
      securityContext:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      volumeMounts:
        - name: config
          mountPath: /etc/aws-glue-exporter
          readOnly: true
        {{- if $web.secrets }}
        - name: web-config
          mountPath: {{ include "aws-glue-exporter.webConfigFolder" . }}
          readOnly: true
        {{- end }}
        {{- if include "aws-glue-exporter.isPersistent" . }}
        - name: state
          mountPath: {{ include "aws-glue-exporter.statePath" . }}
        {{- end }}
        {{- with .Values.extraVolumeMounts }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
    {{- with .Values.extraContainers }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  volumes:
    - name: config
      {{- include "aws-glue-exporter.configVolume" . | nindent 6 }}
    {{- with include "aws-glue-exporter.existingClaim" . }}
    - name: state
      persistentVolumeClaim:
        claimName: {{ . | quote }}
    {{- end }}
    {{- with $web.secrets }}
    - name: web-config
      projected:
        sources:
          {{- range . }}
          - secret:
              name: {{ . | quote }}
          {{- end }}
    {{- end }}
    {{- with .Values.extraVolumes }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- with .Values.nodeSelector }}
  nodeSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.affinity }}
  affinity:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.tolerations }}
  tolerations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.topologySpreadConstraints }}
  topologySpreadConstraints:
    {{- range . }}
    {{- $constraint := deepCopy . }}
    {{- if not (hasKey . "labelSelector") }}
    {{- $_ := set $constraint "labelSelector" (dict "matchLabels" (include "aws-glue-exporter.selectorLabels" $ | fromYaml)) }}
    {{- end }}
    {{- toYaml (list $constraint) | nindent 4 }}
    {{- end }}
  {{- end }}
{{- end }}
