{{- /* A security context, without the users of this chart's defaults where OpenShift gives a namespace its own: a list of root and the context. */}}
{{- define "cleaner.securityContext" -}}
{{- $context := deepCopy (index . 1 | default dict) -}}
{{- if (index . 0).Capabilities.APIVersions.Has "security.openshift.io/v1" }}
{{- range list "runAsUser" "runAsGroup" "fsGroup" }}
{{- if eq (toString (get $context .)) "65532" }}
{{- $context = omit $context . }}
{{- end }}
{{- end }}
{{- end }}
{{- toYaml $context }}
{{- end }}

{{- /* The Secrets to pull the image with, of global and of image. */}}
{{- define "cleaner.pullSecrets" -}}
{{- $names := list -}}
{{- range concat (.Values.global.imagePullSecrets | default list) (.Values.image.pullSecrets | default list) }}
{{- if kindIs "map" . }}
{{- $names = append $names .name }}
{{- else }}
{{- $names = append $names . }}
{{- end }}
{{- end }}
{{- range uniq $names }}
- name: {{ . | quote }}
{{- end }}
{{- end }}

{{- /* What the container of a daemon has, and no other. */}}
{{- define "cleaner.serving" -}}
{{- if include "cleaner.scraped" . -}}
ports:
  - {name: metrics, containerPort: 9464, protocol: TCP}
{{ end -}}
# The first opening of a large ledger may take its time.
startupProbe:
  exec:
    command: [/cleaner, health, --config, /etc/cleaner/cleaner.yaml]
  periodSeconds: 2
  timeoutSeconds: 10
  failureThreshold: 60
livenessProbe:
  exec:
    command: [/cleaner, health, --config, /etc/cleaner/cleaner.yaml]
  periodSeconds: 30
  timeoutSeconds: 10
readinessProbe:
  exec:
    command: [/cleaner, health, --config, /etc/cleaner/cleaner.yaml, --ready]
  periodSeconds: 10
  timeoutSeconds: 10
{{- end }}

{{- define "cleaner.mounts" -}}
- {name: config, mountPath: /etc/cleaner, readOnly: true}
{{- if .Values.secret }}
- {name: secret, mountPath: /run/secrets/cleaner, readOnly: true}
{{- end }}
- name: ledger
  mountPath: /var/lib/cleaner
  {{- with .Values.persistence.subPath }}
  subPath: {{ . | quote }}
  {{- end }}
# For the control socket, and for what a dry run would change.
- {name: tmp, mountPath: /tmp}
{{- if include "cleaner.scraped" . }}
- {name: web, mountPath: /run/secrets/web, readOnly: true}
{{- end }}
{{- range $i, $name := include "cleaner.intakeSecrets" . | fromYamlArray }}
- {name: intake-{{ $i }}, mountPath: /run/secrets/intake/{{ $name }}, readOnly: true}
{{- end }}
{{- range $name, $_ := .Values.volumes }}
- {name: {{ $name | quote }}, mountPath: /mnt/{{ $name }}, readOnly: true}
{{- end }}
{{- with .Values.extraVolumeMounts }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "cleaner.volumes" -}}
- name: config
  configMap:
    name: {{ include "cleaner.fullname" . | quote }}
{{- with .Values.secret }}
- name: secret
  secret:
    secretName: {{ . | quote }}
    defaultMode: 0440
{{- end }}
- name: ledger
  persistentVolumeClaim:
    claimName: {{ include "cleaner.claim" . | quote }}
- name: tmp
  emptyDir:
    sizeLimit: 512Mi
{{- if include "cleaner.scraped" . }}
- name: web
  secret:
    secretName: {{ .Values.metrics.webConfigSecret | quote }}
    defaultMode: 0440
    items:
      - {key: web-config.yml, path: web-config.yml}
      - {key: tls.crt, path: tls.crt}
      - {key: tls.key, path: tls.key}
{{- end }}
{{- range $i, $name := include "cleaner.intakeSecrets" . | fromYamlArray }}
- name: intake-{{ $i }}
  secret:
    secretName: {{ (get $.Values.intake $name).secret | quote }}
    defaultMode: 0440
{{- end }}
{{- range $name, $source := .Values.volumes }}
- name: {{ $name | quote }}
  {{- toYaml $source | nindent 2 }}
{{- end }}
{{- with .Values.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- /* Metadata and spec of the pod: a dict of root, args, and what else the container and the pod have. */}}
{{- define "cleaner.pod" -}}
{{- $root := .root -}}
{{- $values := $root.Values -}}
metadata:
  labels:
    {{- include "cleaner.merged" (list $values.commonLabels $values.podLabels (include "cleaner.selector" $root | fromYaml)) | nindent 4 }}
  annotations:
    # A change of the configuration makes a new pod.
    checksum/config: {{ include "cleaner.config" $root | sha256sum | quote }}
    {{- with include "cleaner.merged" (list $values.commonAnnotations $values.podAnnotations) }}
    {{- . | nindent 4 }}
    {{- end }}
spec:
  {{- with .restartPolicy }}
  restartPolicy: {{ . }}
  {{- end }}
  serviceAccountName: {{ include "cleaner.serviceAccount" $root | quote }}
  automountServiceAccountToken: false
  enableServiceLinks: false
  {{- with include "cleaner.pullSecrets" $root }}
  imagePullSecrets:
    {{- . | trim | nindent 4 }}
  {{- end }}
  terminationGracePeriodSeconds: {{ add $values.graceSeconds 30 }}
  securityContext:
    {{- include "cleaner.securityContext" (list $root $values.podSecurityContext) | nindent 4 }}
  {{- with $values.initContainers }}
  initContainers:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  containers:
    - name: cleaner
      image: {{ include "cleaner.image" $root | quote }}
      imagePullPolicy: {{ $values.image.pullPolicy }}
      args:
        {{- toYaml (concat .args ($values.extraArgs | default list)) | nindent 8 }}
      {{- with $values.extraEnv }}
      env:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with $values.extraEnvFrom }}
      envFrom:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with .container }}
      {{- . | nindent 6 }}
      {{- end }}
      # What went wrong is told by kubectl describe, too.
      terminationMessagePolicy: FallbackToLogsOnError
      securityContext:
        {{- include "cleaner.securityContext" (list $root $values.containerSecurityContext) | nindent 8 }}
      resources:
        {{- toYaml ($values.resources | default dict) | nindent 8 }}
      volumeMounts:
        {{- include "cleaner.mounts" $root | nindent 8 }}
  volumes:
    {{- include "cleaner.volumes" $root | nindent 4 }}
  {{- with $values.priorityClassName }}
  priorityClassName: {{ . | quote }}
  {{- end }}
  {{- with $values.dnsPolicy }}
  dnsPolicy: {{ . }}
  {{- end }}
  {{- range $key := list "nodeSelector" "tolerations" "affinity" "topologySpreadConstraints" "hostAliases" "dnsConfig" }}
  {{- with get $values $key }}
  {{ $key }}:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- end }}
{{- end }}
