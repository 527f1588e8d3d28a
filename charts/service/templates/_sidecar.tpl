{{/* What Dapr's injector is told of the sidecar beside the service. */}}
{{- define "service.sidecar" -}}
{{- $name := include "service.name" . -}}
dapr.io/enabled: "true"
dapr.io/app-id: {{ $name }}
dapr.io/app-port: {{ .Values.port | quote }}
dapr.io/app-protocol: http
dapr.io/config: {{ $name }}
# Events are delivered, and calls passed on, only while the service is well.
dapr.io/enable-app-health-check: "true"
dapr.io/app-health-check-path: /healthz
dapr.io/app-health-probe-interval: "1"
dapr.io/app-health-probe-timeout: "500"
dapr.io/app-health-threshold: "3"
# Each shows the other who it is.
dapr.io/api-token-secret: {{ $name }}-api-token
dapr.io/app-token-secret: {{ $name }}-app-token
# The file that the component `secrets` reads.
dapr.io/volume-mounts: secrets:/var/run/codezest/secrets
dapr.io/disable-builtin-k8s-secret-store: "true"
# Both get SIGTERM together: the sidecar stays until the service is gone, at most so long, then ends itself.
dapr.io/block-shutdown-duration: {{ include "service.shutdownSeconds" . }}s
dapr.io/graceful-shutdown-seconds: "5"
dapr.io/sidecar-seccomp-profile-type: RuntimeDefault
dapr.io/scheduler-host-address: ""
dapr.io/log-as-json: "true"
dapr.io/log-level: {{ .Values.sidecar.logLevel }}
dapr.io/sidecar-cpu-request: {{ .Values.sidecar.cpuRequest | quote }}
{{- with .Values.sidecar.cpuLimit }}
dapr.io/sidecar-cpu-limit: {{ . | quote }}
{{- end }}
dapr.io/sidecar-memory-request: {{ .Values.sidecar.memoryRequest | quote }}
dapr.io/sidecar-memory-limit: {{ .Values.sidecar.memoryLimit | quote }}
dapr.io/env: GOMEMLIMIT={{ .Values.sidecar.goMemoryLimit }}
# What it reads once, at its start.
checksum/sidecar: {{ include "service.sidecarReads" . | sha256sum }}
{{- end }}

{{/* What the platform's chart makes Dapr's objects from, as far as this sidecar reads them. Comments do not count. */}}
{{- define "service.sidecarReads" -}}
{{- range $file := list "pubsub" "state" "secrets" "resiliency" (printf "configuration/%s" (include "service.name" .)) }}
{{ $.Files.Get (printf "components/%s.yaml" $file) | fromYaml | toJson }}
{{- end }}
{{ pick .Values.global.redis "enabled" "host" "port" "tls" | toJson }}
{{ .Values.global.traces.host }}
{{- end }}
