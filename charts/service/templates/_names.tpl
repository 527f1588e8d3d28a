{{/* Every object is named after the service: one release per service and namespace. */}}

{{- define "service.name" -}}
{{- required "name: say which service this is, for example -f services/auth/values.yaml" .Values.name -}}
{{- end }}

{{/* What a selector looks at: never changes in the life of a release. Call it with the root and the component. */}}
{{- define "service.selector" -}}
app.kubernetes.io/name: {{ include "service.name" .root }}
app.kubernetes.io/component: {{ .component }}
app.kubernetes.io/part-of: codezest
{{- end }}

{{- define "service.labels" -}}
{{ include "service.selector" . }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/version: {{ include "service.tag" .root | regexFind "^[A-Za-z0-9._-]+" | trunc 63 | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ .root.Chart.Name }}-{{ .root.Chart.Version }}
{{- end }}

{{- define "service.tag" -}}
{{- .Values.image.tag | default .Values.global.image.tag | default .Chart.AppVersion -}}
{{- end }}

{{- define "service.image" -}}
{{- $name := .Values.image.repository | default (printf "codezest-%s" (include "service.name" .)) -}}
{{- $registry := ternary (printf "%s/" .Values.global.image.registry) "" (and (ne .Values.global.image.registry "") (eq .Values.image.repository "")) -}}
{{- printf "%s%s:%s" $registry $name (include "service.tag" .) -}}
{{- end }}

{{/* More than one pod at any time: only then does a disruption budget not stop every drain of a node. */}}
{{- define "service.several" -}}
{{- $least := ternary .Values.autoscaling.minReplicas .Values.replicas .Values.autoscaling.enabled | int -}}
{{- if gt $least 1 }}true{{ end -}}
{{- end }}

{{/* From SIGTERM on, as long as the service may need its sidecar. */}}
{{- define "service.shutdownSeconds" -}}
{{- add .Values.shutdown.preStopSeconds .Values.shutdown.drainSeconds .Values.shutdown.gracefulSeconds 5 -}}
{{- end }}

{{- define "service.placement" -}}
{{- with .Values.global.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . | quote }}
  {{- end }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.priorityClassName }}
priorityClassName: {{ . | quote }}
{{- end }}
{{- end }}
