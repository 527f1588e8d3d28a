{{/* A value of a Secret that is there already, else nothing. Call it with the root, the Secret's name and the key. */}}
{{- define "platform.present" -}}
{{- $secret := lookup "v1" "Secret" .root.Release.Namespace .secret -}}
{{- get ($secret.data | default dict) .key | b64dec -}}
{{- end }}

{{/* Of a secret's name: the value in the Secret that secrets.from names, if it names one. A missing one ends the installation. */}}
{{- define "platform.taken" -}}
{{- with get .root.Values.secrets.from .name -}}
{{- $found := include "platform.present" (dict "root" $.root "secret" .name "key" .key) -}}
{{- required (printf "secrets.from.%s: there is no Secret %s with a key %s here. Make it, or name another" $.name .name .key) $found -}}
{{- end -}}
{{- end }}

{{/* Of a secret's name: the value that was given or named, else the one that is there, else a new one. */}}
{{- define "platform.secret" -}}
{{- get .root.Values.secrets.given .name | default (include "platform.taken" .) | default .present | default (include "platform.fresh" .name) -}}
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
