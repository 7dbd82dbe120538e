{{- /* The entries of intake that have a Secret, by their names, as a YAML list: the number of each is that of its volume, since a name may have characters that a volume's may not. */}}
{{- define "cleaner.intakeSecrets" -}}
{{- $names := list -}}
{{- range $name, $broker := .Values.intake }}
{{- if $broker.secret }}
{{- $names = append $names $name }}
{{- end }}
{{- end }}
{{- toYaml $names }}
{{- end }}

{{- /* The ports of the broker of an entry of config.intake, as a YAML list; empty when its url cannot be read, which is refused. As cleaner reads it: scheme://HOST[:PORT][,HOST[:PORT]]/PATH. */}}
{{- define "cleaner.brokerPorts" -}}
{{- $usual := dict "redis" 6379 "rediss" 6379 "amqp" 5672 "amqps" 5671 "kafka" 9092 "kafkas" 9093 -}}
{{- $ports := list -}}
{{- $url := toString .url -}}
{{- if regexMatch "^(rediss?|amqps?|kafkas?)://[^@?#]+$" $url }}
{{- $port := get $usual (regexFind "^[a-z]+" $url) }}
{{- range regexReplaceAll "/.*" (regexReplaceAll "^[a-z]+://" $url "") "" | splitList "," }}
{{- $own := regexFind ":[0-9]+$" . | trimPrefix ":" }}
{{- $ports = append $ports (int ($own | default $port)) }}
{{- end }}
{{- end }}
{{- $ports | uniq | toYaml }}
{{- end }}

{{- /* Whether networkPolicy lets a port out by itself or by extraEgress, whoever is there: a list of values and the port. A port by its name may be any. */}}
{{- define "cleaner.letsOut" -}}
{{- $port := index . 1 -}}
{{- $lets := or (not (index . 0).networkPolicy.enabled) (eq $port 443) -}}
{{- range (index . 0).networkPolicy.extraEgress }}
{{- $lets = or $lets (not .ports) }}
{{- range .ports }}
{{- $tcp := eq (.protocol | default "TCP") "TCP" }}
{{- $named := and (kindIs "string" .port) (not (regexMatch "^[0-9]+$" (toString .port))) }}
{{- $from := int (.port | default 1) }}
{{- $to := int (.endPort | default .port | default 65535) }}
{{- $lets = or $lets (and $tcp (or $named (and (le $from $port) (ge $to $port)))) }}
{{- end }}
{{- end }}
{{- if $lets }}true{{ end }}
{{- end }}

{{- /* What is wrong with intake and config.intake, a line each. No url is repeated: it may hold a password where none should be. */}}
{{- define "cleaner.intakeFaults" -}}
{{- $root := . -}}
{{- $known := list -}}
{{- $brokers := .Values.intake | default dict -}}
{{- range $i, $entry := .Values.config.intake }}
{{- $at := printf "config.intake[%d]" $i }}
{{- $known = append $known $entry.name }}
{{- $broker := get $brokers (toString $entry.name) | default dict }}
{{- $ports := include "cleaner.brokerPorts" $entry | fromYamlArray }}
{{- if regexMatch "[@?#]" (toString $entry.url) }}
{{- printf "\n%s.url holds more than scheme, host and path: values end up in Helm's own records, so a password never stands here. Use user and password_file, with the Secret that intake.%s.secret names" $at $entry.name }}
{{- else if not $ports }}
{{- printf "\n%s.url must begin with redis://, rediss://, amqp://, amqps://, kafka:// or kafkas:// and name a host" $at }}
{{- end }}
{{- range $key := list "password_file" "ca_file" }}
{{- $mount := printf "/run/secrets/intake/%s/" $entry.name }}
{{- if and (hasPrefix "/run/secrets/intake/" (toString (get $entry $key))) (not (and $broker.secret (hasPrefix $mount (get $entry $key)))) }}
{{- printf "\n%s.%s: no Secret is mounted there. Name it in intake.%s.secret; its keys are files in %s" $at $key $entry.name (trimSuffix "/" $mount) }}
{{- end }}
{{- end }}
{{- range $ports }}
{{- if not (or $broker.egress (include "cleaner.letsOut" (list $root.Values (int .)))) }}
{{- printf "\n%s.url: networkPolicy lets port %d out to nowhere, so the broker cannot be reached. Say in intake.%s.egress where it is, or let the port out by a rule of networkPolicy.extraEgress" $at (int .) $entry.name }}
{{- end }}
{{- end }}
{{- end }}
{{- if $known }}
{{- range $name, $broker := $brokers }}
{{- if not (has $name $known) }}
{{- printf "\nintake.%s does nothing: config.intake has no entry of this name" $name }}
{{- end }}
{{- if and $broker.egress (not $root.Values.networkPolicy.enabled) }}
{{- printf "\nintake.%s.egress does nothing without networkPolicy.enabled: leave it out" $name }}
{{- end }}
{{- end }}
{{- range .Values.extraArgs }}
{{- if regexMatch "^--(only-given|batch|dry-run)(=|$)" . }}
{{- printf "\nconfig.intake does nothing beside %s of extraArgs: such a pass takes nothing from brokers" (regexFind "^--[a-z-]+" .) }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
