{{- /* The pod of the Deployment and of the StatefulSet. */}}
{{- define "aws-glue-exporter.pod" -}}
{{- $web := include "aws-glue-exporter.webConfig" . | fromJson -}}
metadata:
  labels:
    {{- include "aws-glue-exporter.labels" . | nindent 4 }}
    {{- with .Values.podLabels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  annotations:
    {{- /* Of the configuration only: an upgrade of the chart that leaves it alone need not restart the pod. */}}
    checksum/config: {{ include "aws-glue-exporter.config" . | sha256sum }}
    {{- with .Values.podAnnotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  serviceAccountName: {{ include "aws-glue-exporter.serviceAccountName" . }}
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
  priorityClassName: {{ . }}
  {{- end }}
  {{- with .Values.runtimeClassName }}
  runtimeClassName: {{ . }}
  {{- end }}
  {{- with .Values.hostAliases }}
  hostAliases:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.dnsPolicy }}
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
        - --config.file=/etc/aws-glue-exporter/config.yaml
        {{- if include "aws-glue-exporter.isSharded" . }}
        - --shard=$(POD_NAME)/{{ include "aws-glue-exporter.shards" . }}
        {{- end }}
        - --web.listen-address=:14583
        - --web.telemetry-path={{ .Values.telemetryPath }}
        {{- if $web.secrets }}
        - --web.config.file={{ $web.file }}
        {{- end }}
        - --log.level={{ .Values.logLevel }}
        - --log.format={{ .Values.logFormat }}
        {{- with .Values.extraArgs }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      {{- if or .Values.aws.region .Values.extraEnv (include "aws-glue-exporter.isSharded" .) }}
      env:
        {{- if include "aws-glue-exporter.isSharded" . }}
        - name: POD_NAME
          valueFrom:
            fieldRef:
              fieldPath: metadata.name
        {{- end }}
        {{- with .Values.aws.region }}
        - name: AWS_REGION
          value: {{ . | quote }}
        {{- end }}
        {{- with .Values.extraEnv }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      {{- end }}
      {{- with .Values.extraEnvFrom }}
      envFrom:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      ports:
        - name: http-metrics
          containerPort: 14583
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
      configMap:
        name: {{ include "aws-glue-exporter.fullname" . }}
    {{- with $web.secrets }}
    - name: web-config
      projected:
        sources:
          {{- range . }}
          - secret:
              name: {{ . }}
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
