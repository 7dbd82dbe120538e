{{- /* A CronJob's name has 52 characters at most. */}}
{{- define "cleaner.fullname" -}}
{{ ternary .Release.Name (printf "%s-%s" .Release.Name .Chart.Name) (contains .Chart.Name .Release.Name) | trunc 52 | trimSuffix "-" }}
{{- end }}

{{- define "cleaner.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "cleaner.labels" -}}
{{ include "cleaner.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{- define "cleaner.claim" -}}
{{ .Values.persistence.existingClaim | default (include "cleaner.fullname" .) }}
{{- end }}

{{- /* Whether metrics are served to others than this pod. */}}
{{- define "cleaner.scraped" -}}
{{ if and (eq .Values.mode "daemon") .Values.metrics.webConfigSecret }}true{{ end }}
{{- end }}

{{- /* What the chart sets of cleaner.yaml. values.schema.json keeps config from saying otherwise. */}}
{{- define "cleaner.own" -}}
queue: {url: "sqlite:/var/lib/cleaner/queue.db"}
limits: {grace: {{ .Values.graceSeconds }}s}
output: {results: /var/lib/cleaner/results.jsonl}
{{- if eq .Values.mode "daemon" }}
schedule:
  - {cron: {{ .Values.schedule | quote }}, timezone: {{ .Values.timeZone | quote }}}
{{- with .Values.ids }}
inputs: {files: {{ . | toJson }}}
{{- end }}
listen:
  socket: /tmp/cleaner.sock
  {{- if include "cleaner.scraped" . }}
  address: ":9464"
  web_config_file: /run/secrets/web/web-config.yml
  {{- end }}
{{- end }}
{{- end }}

{{- define "cleaner.config" -}}
{{ mergeOverwrite (deepCopy .Values.config) (include "cleaner.own" . | fromYaml) | toYaml }}
{{- end }}
