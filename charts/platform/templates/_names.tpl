{{/* What a selector looks at. Call it with the component's name. */}}
{{- define "platform.selector" -}}
app.kubernetes.io/name: {{ . }}
app.kubernetes.io/component: platform
app.kubernetes.io/part-of: codezest
{{- end }}

{{/* What pods bear: nothing that changes with the chart's version alone, or each upgrade would restart the database. */}}
{{- define "platform.podLabels" -}}
{{ include "platform.selector" .name }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
{{- end }}

{{/* Call it with the root and the component's name. */}}
{{- define "platform.labels" -}}
{{ include "platform.podLabels" . }}
helm.sh/chart: {{ .root.Chart.Name }}-{{ .root.Chart.Version }}
{{- end }}

{{/* Every service that has an access policy, as JSON. */}}
{{- define "platform.services" -}}
{{- $names := list -}}
{{- range $path, $_ := .Files.Glob "components/configuration/*.yaml" }}
{{- $names = append $names (trimSuffix ".yaml" (base $path)) -}}
{{- end -}}
{{- $names | sortAlpha | toJson -}}
{{- end }}

{{- define "platform.bootstrapImage" -}}
{{- $image := .Values.bootstrap.image -}}
{{- $registry := ternary (printf "%s/" .Values.global.image.registry) "" (and (ne .Values.global.image.registry "") (eq $image.repository "")) -}}
{{- $tag := $image.tag | default .Values.global.image.tag | default .Chart.AppVersion -}}
{{- printf "%s%s:%s" $registry ($image.repository | default "codezest-auth") $tag -}}
{{- end }}

{{- define "platform.placement" -}}
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
{{- end }}
