{{/* What a schema cannot say. Each message names the value and what to do. */}}
{{- define "service.checks" -}}
{{- if and (hasPrefix "verify-" .Values.global.database.sslMode) (eq .Values.global.database.caSecret "") -}}
{{- fail "global.database.caSecret: global.database.sslMode asks for a known certificate, so name the Secret whose ca.crt signed it" -}}
{{- end -}}
{{- if and .Values.autoscaling.enabled (lt (int .Values.autoscaling.maxReplicas) (int .Values.autoscaling.minReplicas)) -}}
{{- fail "autoscaling.maxReplicas: it is below autoscaling.minReplicas; raise it or lower the other" -}}
{{- end -}}
{{- end }}
