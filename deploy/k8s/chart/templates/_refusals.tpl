{{- /* The values that do nothing: why, and each with the default that may stay, "" for what is empty. */}}
{{- define "cleaner.idle" -}}
{{- if eq .Values.mode "daemon" }}
in mode daemon:
  cronjob.suspend: ""
  cronjob.startingDeadlineSeconds: 3600
  cronjob.maxDurationSeconds: 14400
  cronjob.successfulJobsHistoryLimit: 3
  cronjob.failedJobsHistoryLimit: 5
  cronjob.ttlSecondsAfterFinished: ""
{{- else }}
in mode cronjob:
  disruptionBudget.enabled: ""
  metrics.webConfigSecret: ""
  metrics.serviceMonitor.enabled: ""
  metrics.serviceMonitor.interval: 30s
  metrics.serviceMonitor.scrapeTimeout: ""
  metrics.serviceMonitor.labels: ""
  metrics.serviceMonitor.relabelings: ""
  metrics.serviceMonitor.metricRelabelings: ""
  networkPolicy.metricsFrom: monitoring
  config.inputs.spool: ""
  config.listen: ""
  config.output.report: ""
{{- end }}
{{- if not .Values.config.intake }}
without config.intake:
  intake: ""
{{- end }}
{{- if .Values.persistence.existingClaim }}
beside persistence.existingClaim:
  persistence.storageClass: ""
  persistence.accessMode: ReadWriteOnce
  persistence.size: 1Gi
  persistence.labels: ""
  persistence.annotations: ""
  persistence.selector: ""
  persistence.volumeName: ""
  persistence.dataSource: ""
{{- end }}
{{- if not .Values.serviceAccount.create }}
without serviceAccount.create:
  serviceAccount.labels: ""
  serviceAccount.annotations: ""
{{- end }}
{{- if not .Values.networkPolicy.enabled }}
without networkPolicy.enabled:
  networkPolicy.metricsFrom: monitoring
  networkPolicy.extraIngress: ""
  networkPolicy.extraEgress: ""
{{- end }}
{{- if not (or .Values.metrics.prometheusRule.enabled .Values.metrics.dashboard.enabled) }}
without metrics.prometheusRule.enabled or metrics.dashboard.enabled:
  metrics.runbooks: ""
{{- end }}
{{- if and (eq .Values.mode "daemon") (not .Values.metrics.webConfigSecret) }}
without metrics.webConfigSecret:
  networkPolicy.metricsFrom: monitoring
  metrics.serviceMonitor.enabled: ""
{{- end }}
{{- end }}

{{- /* What stands at a path of keys, as JSON; what is empty or not there is "". A list of values and path. */}}
{{- define "cleaner.at" -}}
{{- $value := index . 0 -}}
{{- range splitList "." (index . 1) }}
{{- if kindIs "map" $value }}
{{- $value = get $value . }}
{{- end }}
{{- end }}
{{- toJson ($value | default "") }}
{{- end }}

{{- /* A reason why the ledger cannot be where it should, or nothing. A class is known by its name alone: not everybody who installs may look at it. cleaner itself looks at the file system when it opens the ledger. */}}
{{- define "cleaner.badStorage" -}}
{{- $why := "the ledger is a SQLite file, whose locks and shared memory hold on one node alone" -}}
{{- $network := "^(nfs|nfs4|efs|smb|cifs|sfs|sfsturbo|nas|obs|oss|s3|gcsfuse|blobfuse|azurefile|azureblob|cephfs|glusterfs|filestore|fss|fsx|lustre|juicefs|seaweedfs|moosefs|beegfs|rwx)$" -}}
{{- if contains "Many" .Values.persistence.accessMode }}
{{- printf "persistence.accessMode %s: %s. Use ReadWriteOnce, or ReadWriteOncePod" .Values.persistence.accessMode $why }}
{{- end }}
{{- $class := include "cleaner.storageClass" . }}
{{- range regexSplit "[^a-z0-9]+" (lower $class) -1 }}
{{- if regexMatch $network . }}
{{- printf "\npersistence.storageClass %s is, by its name (%s), a network file system: %s. Use a class of block storage or local disks; if the name misleads, make the claim yourself and name it in persistence.existingClaim" $class . $why }}
{{- end }}
{{- end }}
{{- end }}

{{- /* Ends the rendering with all that is wrong with the values, and is more than a schema can say. */}}
{{- define "cleaner.refuse" -}}
{{- $faults := list -}}
{{- $config := .Values.config -}}
{{- $service := $config.service | default dict -}}
{{- if not (or $service.region $service.endpoint) }}
{{- $faults = append $faults "config.service.region is missing" }}
{{- end }}
{{- if not (or (omit ($config.auth | default dict) "patience") .Values.extraEnv .Values.extraEnvFrom) }}
{{- $faults = append $faults "config.auth is missing: one of password, access_key and token_file (or an access key in extraEnv or extraEnvFrom)" }}
{{- end }}
{{- range $why, $keys := include "cleaner.idle" . | fromYaml }}
{{- range $path, $default := $keys }}
{{- if ne (include "cleaner.at" (list $.Values $path)) (toJson $default) }}
{{- $faults = append $faults (printf "%s does nothing %s: leave it out" $path $why) }}
{{- end }}
{{- end }}
{{- end }}
{{- if not $config.schedule }}
{{- $faults = append $faults "config.schedule is empty: no pass would ever begin. To hold passes up, use cronjob.suspend or `cleaner pause`" }}
{{- end }}
{{- range $i, $tick := $config.schedule }}
{{- if not $tick.cron }}
{{- $faults = append $faults (printf "config.schedule[%d].cron is missing" $i) }}
{{- end }}
{{- if eq $.Values.mode "cronjob" }}
{{- range omit $tick "cron" "timezone" | keys | sortAlpha }}
{{- $faults = append $faults (printf "config.schedule[%d].%s does nothing in mode cronjob: leave it out (cronjob.startingDeadlineSeconds says how late a pass may begin, and one that is due while another runs is skipped)" $i .) }}
{{- end }}
{{- if hasPrefix "@every" (toString $tick.cron) }}
{{- $faults = append $faults (printf "config.schedule[%d].cron: @every is for mode daemon: a CronJob has fields" $i) }}
{{- end }}
{{- end }}
{{- end }}
{{- if not .Values.persistence.existingClaim }}
{{- $faults = concat $faults (include "cleaner.badStorage" . | trim | splitList "\n" | compact) }}
{{- end }}
{{- $faults = concat $faults (include "cleaner.intakeFaults" . | trim | splitList "\n" | compact) }}
{{- if .Chart.IsRoot }}
{{- range omit .Values.global "imageRegistry" "imagePullSecrets" "storageClass" "defaultStorageClass" | keys | sortAlpha }}
{{- $faults = append $faults (printf "global.%s is unknown: global has imageRegistry, imagePullSecrets, storageClass and defaultStorageClass" .) }}
{{- end }}
{{- end }}
{{- with $faults }}
{{- fail (printf "the values of %s:\n- %s\n" $.Chart.Name (join "\n- " .)) }}
{{- end }}
{{- end }}
