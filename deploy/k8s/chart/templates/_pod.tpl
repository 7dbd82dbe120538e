{{- /* Metadata and spec of the pod: a dict of root, args, and what else the container and the pod have. */}}
{{- define "cleaner.pod" -}}
{{- $root := .root -}}
metadata:
  labels:
    {{- include "cleaner.selector" $root | nindent 4 }}
    {{- with $root.Values.podLabels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  annotations:
    # A change of the configuration makes a new pod.
    checksum/config: {{ include "cleaner.config" $root | sha256sum }}
    {{- with $root.Values.podAnnotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  {{- with .restartPolicy }}
  restartPolicy: {{ . }}
  {{- end }}
  serviceAccountName: {{ include "cleaner.fullname" $root }}
  automountServiceAccountToken: false
  enableServiceLinks: false
  {{- with $root.Values.image.pullSecrets }}
  imagePullSecrets:
    {{- range . }}
    - name: {{ . }}
    {{- end }}
  {{- end }}
  terminationGracePeriodSeconds: {{ add $root.Values.graceSeconds 30 }}
  securityContext:
    runAsNonRoot: true
    runAsUser: 65532
    runAsGroup: 65532
    fsGroup: 65532
    fsGroupChangePolicy: OnRootMismatch
    seccompProfile:
      type: RuntimeDefault
  containers:
    - name: cleaner
      image: {{ $root.Values.image.repository }}:{{ $root.Values.image.tag | default $root.Chart.AppVersion }}
      imagePullPolicy: {{ $root.Values.image.pullPolicy }}
      args:
        {{- toYaml .args | nindent 8 }}
      {{- with .container }}
      {{- . | nindent 6 }}
      {{- end }}
      # What went wrong is told by kubectl describe, too.
      terminationMessagePolicy: FallbackToLogsOnError
      securityContext:
        allowPrivilegeEscalation: false
        readOnlyRootFilesystem: true
        capabilities:
          drop: [ALL]
      resources:
        {{- toYaml $root.Values.resources | nindent 8 }}
      volumeMounts:
        - {name: config, mountPath: /etc/cleaner, readOnly: true}
        - {name: secret, mountPath: /run/secrets/cleaner, readOnly: true}
        - {name: ledger, mountPath: /var/lib/cleaner}
        # For the control socket, and for what a dry run would change.
        - {name: tmp, mountPath: /tmp}
        {{- if include "cleaner.scraped" $root }}
        - {name: web, mountPath: /run/secrets/web, readOnly: true}
        {{- end }}
        {{- range $name, $_ := $root.Values.volumes }}
        - {name: {{ $name }}, mountPath: /mnt/{{ $name }}, readOnly: true}
        {{- end }}
  volumes:
    - name: config
      configMap:
        name: {{ include "cleaner.fullname" $root }}
    - name: secret
      secret:
        secretName: {{ $root.Values.secret }}
        defaultMode: 0440
    - name: ledger
      persistentVolumeClaim:
        claimName: {{ include "cleaner.claim" $root }}
    - name: tmp
      emptyDir:
        sizeLimit: 512Mi
    {{- if include "cleaner.scraped" $root }}
    - name: web
      secret:
        secretName: {{ $root.Values.metrics.webConfigSecret }}
        defaultMode: 0440
        items:
          - {key: web-config.yml, path: web-config.yml}
          - {key: tls.crt, path: tls.crt}
          - {key: tls.key, path: tls.key}
    {{- end }}
    {{- range $name, $source := $root.Values.volumes }}
    - name: {{ $name }}
      {{- toYaml $source | nindent 6 }}
    {{- end }}
  {{- with $root.Values.nodeSelector }}
  nodeSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $root.Values.tolerations }}
  tolerations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end }}
