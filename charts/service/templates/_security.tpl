{{/* Pod Security `restricted`, and beyond it: no writable root, no token of the API server. */}}

{{- define "service.podSecurity" -}}
automountServiceAccountToken: false
enableServiceLinks: false # a Service called codezest would otherwise set CODEZEST_PORT
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  seccompProfile: {type: RuntimeDefault}
{{- end }}

{{- define "service.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: {{ not .Values.writableRoot }}
capabilities: {drop: [ALL]}
{{- end }}
