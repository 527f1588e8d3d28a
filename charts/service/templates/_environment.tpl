{{/* What the service reads at its start, secrets aside: shared/settings.py and services/<name>/settings.py. */}}
{{- define "service.environment" -}}
{{- $name := include "service.name" . -}}
{{- $global := .Values.global -}}
CODEZEST_SERVICE: {{ $name }}
CODEZEST_HOST: 0.0.0.0
CODEZEST_PORT: {{ .Values.port | quote }}
CODEZEST_PUBLIC_URL: {{ $global.publicUrl | quote }}
CODEZEST_PROXIES: {{ $global.network.proxies | quote }}
CODEZEST_TRUSTED_PROXIES: {{ $global.network.trustedProxies | quote }}
CODEZEST_DATABASE_URL: postgresql://{{ $name }}@{{ $global.database.host }}:{{ $global.database.port }}/codezest
CODEZEST_BROKER: {{ $global.redis.enabled | quote }}
CODEZEST_TRACE_RATIO: {{ $global.traces.ratio | quote }}
CODEZEST_DRAIN_SECONDS: {{ .Values.shutdown.drainSeconds | quote }}
CODEZEST_GRACEFUL_SECONDS: {{ .Values.shutdown.gracefulSeconds | quote }}
{{- with $global.traces.host }}
OTEL_EXPORTER_OTLP_ENDPOINT: http://{{ . }}:4318
OTEL_EXPORTER_OTLP_PROTOCOL: http/protobuf
{{- end }}
{{ include "service.databaseTls" . }}
{{- range $setting, $value := .Values.settings }}
CODEZEST_{{ upper $setting }}: {{ $value | toString | quote }}
{{- end }}
{{- end }}

{{- define "service.databaseTls" -}}
PGSSLMODE: {{ .Values.global.database.sslMode }}
{{- if .Values.global.database.caSecret }}
PGSSLROOTCERT: /var/run/codezest/database-ca/ca.crt
{{- end }}
{{- end }}
