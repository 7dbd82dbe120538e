{{- /* The part of names and labels that is this chart. */}}
{{- define "cleaner.name" -}}
{{ .Values.nameOverride | default .Chart.Name | trunc 52 | trimSuffix "-" }}
{{- end }}

{{- /* The name of all objects. A CronJob's has 52 characters at most. */}}
{{- define "cleaner.fullname" -}}
{{- $name := include "cleaner.name" . -}}
{{- $own := ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) -}}
{{ .Values.fullnameOverride | default $own | trunc 52 | trimSuffix "-" }}
{{- end }}

{{- define "cleaner.serviceAccount" -}}
{{ .Values.serviceAccount.name | default (ternary (include "cleaner.fullname" .) "default" .Values.serviceAccount.create) }}
{{- end }}

{{- define "cleaner.claim" -}}
{{ .Values.persistence.existingClaim | default (include "cleaner.fullname" .) }}
{{- end }}

{{- define "cleaner.selector" -}}
app.kubernetes.io/name: {{ include "cleaner.name" . | quote }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end }}

{{- /* Name, labels and annotations of an object: a dict of root, and of name, labels and annotations where it has its own. */}}
{{- define "cleaner.metadata" -}}
{{- $root := .root -}}
{{- $own := dict "app.kubernetes.io/version" $root.Chart.AppVersion "app.kubernetes.io/managed-by" $root.Release.Service -}}
{{- $_ := set $own "helm.sh/chart" (printf "%s-%s" $root.Chart.Name $root.Chart.Version | replace "+" "_") -}}
name: {{ .name | default (include "cleaner.fullname" $root) | quote }}
labels:
  {{- include "cleaner.merged" (list $root.Values.commonLabels .labels $own (include "cleaner.selector" $root | fromYaml)) | nindent 2 }}
{{- with include "cleaner.merged" (list $root.Values.commonAnnotations .annotations) }}
annotations:
  {{- . | nindent 2 }}
{{- end }}
{{- end }}

{{- /* A list of maps as one, in YAML: the last has the last word. Nothing, if they are empty. */}}
{{- define "cleaner.merged" -}}
{{- $all := dict -}}
{{- range . }}
{{- $all = mergeOverwrite $all (deepCopy (. | default dict)) }}
{{- end }}
{{- with $all }}
{{- toYaml . }}
{{- end }}
{{- end }}

{{- define "cleaner.image" -}}
{{- $image := .Values.image -}}
{{- with .Values.global.imageRegistry | default $image.registry }}{{ . }}/{{ end -}}
{{ $image.repository }}
{{- if or $image.tag (not $image.digest) }}:{{ $image.tag | default .Chart.AppVersion }}{{ end }}
{{- with $image.digest }}@{{ . }}{{ end }}
{{- end }}

{{- /* The storage class, - for the empty one. */}}
{{- define "cleaner.storageClass" -}}
{{ .Values.persistence.storageClass | default .Values.global.storageClass | default .Values.global.defaultStorageClass }}
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

{{- /* cleaner.yaml. With mode cronjob its schedule is that of the CronJobs, and tells a pass how far apart passes are. At a Pushgateway, pods, whose names change, are one instance. */}}
{{- define "cleaner.config" -}}
{{- $config := deepCopy .Values.config -}}
{{- with $config.metrics }}
{{- $instance := printf "instance=%s/%s" $.Release.Namespace (include "cleaner.fullname" $) }}
{{- range .grouping }}
{{- if hasPrefix "instance=" . }}
{{- $instance = "" }}
{{- end }}
{{- end }}
{{- if and .pushgateway $instance }}
{{- $_ := set . "grouping" (append (.grouping | default list) $instance) }}
{{- end }}
{{- end }}
{{- mergeOverwrite $config (include "cleaner.own" . | fromYaml) | toYaml }}
{{- end }}
