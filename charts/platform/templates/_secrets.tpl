{{/* A value of a Secret that is there already, else nothing. Call it with the root, the Secret's name and the key. */}}
{{- define "platform.present" -}}
{{- $secret := lookup "v1" "Secret" .root.Release.Namespace .secret -}}
{{- get ($secret.data | default dict) .key | b64dec -}}
{{- end }}

{{/* Of a secret's name: the value that was given, else the one that is there, else a new one. */}}
{{- define "platform.secret" -}}
{{- get .root.Values.secrets.given .name | default .present | default (include "platform.fresh" .name) -}}
{{- end }}

{{- define "platform.fresh" -}}
{{- if eq . "payments-stripe-api-key" -}}sk_test_{{ randAlphaNum 32 }}
{{- else if eq . "payments-stripe-webhook-secret" -}}whsec_{{ randAlphaNum 32 }}
{{- else if eq . "notifications-smtp-password" -}}
{{- else if eq . "auth-token-key" -}}{{ randAlphaNum 64 | sha256sum }}
{{- else -}}{{ randAlphaNum 48 }}
{{- end -}}
{{- end }}

{{- define "platform.secretObject" -}}
apiVersion: v1
kind: Secret
metadata:
  name: {{ .secret }}
  labels: {{- include "platform.labels" (dict "root" .root "name" "secrets") | nindent 4 }}
  annotations:
    helm.sh/resource-policy: keep # the data in the database are worth nothing without them
type: Opaque
data:
  {{- range $key, $value := .values }}
  {{ $key }}: {{ $value | b64enc }}
  {{- end }}
{{- end }}
