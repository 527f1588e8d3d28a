{{/* What a schema cannot say. Each message names the value and what to do. */}}
{{- define "platform.checks" -}}
{{- if and (hasPrefix "verify-" .Values.global.database.sslMode) (eq .Values.global.database.caSecret "") -}}
{{- fail "global.database.caSecret: global.database.sslMode asks for a known certificate, so name the Secret whose ca.crt signed it" -}}
{{- end -}}
{{- if eq .Values.secrets.mode "generated" -}}
{{- if and .Values.bootstrap.enabled (not .Values.postgres.enabled) (not (include "platform.known" (dict "root" . "name" "postgres-admin-password" "secret" "postgres-admin"))) -}}
{{- fail "secrets.given.postgres-admin-password: postgres.enabled is off, so only you know the password of your database's administrator. Give it, or set bootstrap.enabled to false, or secrets.mode to existing" -}}
{{- end -}}
{{- if and .Values.global.redis.enabled (not .Values.redis.enabled) (not (include "platform.known" (dict "root" . "name" "redis-password" "secret" "redis"))) -}}
{{- fail "secrets.given.redis-password: redis.enabled is off, so only you know the password of your Redis. Give it, or set global.redis.enabled to false, or secrets.mode to existing" -}}
{{- end -}}
{{- end -}}
{{- if and (not .Values.postgres.enabled) (eq .Values.global.database.host "postgres") -}}
{{- fail "global.database.host: postgres.enabled is off, so name the host of your own database" -}}
{{- end -}}
{{- if and .Values.global.redis.enabled (not .Values.redis.enabled) (eq .Values.global.redis.host "redis") -}}
{{- fail "global.redis.host: redis.enabled is off, so name the host of your own Redis, or set global.redis.enabled to false" -}}
{{- end -}}
{{- if and .Values.postgres.enabled (ne (int .Values.global.database.port) 5432) -}}
{{- fail "global.database.port: the trial's PostgreSQL listens on 5432; leave the port alone, or set postgres.enabled to false for your own" -}}
{{- end -}}
{{- if and .Values.redis.enabled (ne (int .Values.global.redis.port) 6379) -}}
{{- fail "global.redis.port: the trial's Redis listens on 6379; leave the port alone, or set redis.enabled to false for your own" -}}
{{- end -}}
{{- if and (not .Values.collector.enabled) (eq .Values.global.traces.host "collector") -}}
{{- fail "global.traces.host: collector.enabled is off, so name your own collector, or set it to \"\" for no traces" -}}
{{- end -}}
{{- end }}

{{/* Not empty if a secret was given or is there. */}}
{{- define "platform.known" -}}
{{- get .root.Values.secrets.given .name | default (get .root.Values.secrets.from .name) | default (include "platform.present" (dict "root" .root "secret" .secret "key" "password")) -}}
{{- end }}
