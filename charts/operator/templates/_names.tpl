{{- define "operator.selector" -}}
app.kubernetes.io/name: codezest-operator
app.kubernetes.io/component: operator
{{- end }}

{{- define "operator.labels" -}}
{{ include "operator.selector" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{/* Every service that has an access policy, as JSON. */}}
{{- define "operator.services" -}}
{{- $names := list -}}
{{- range $path, $_ := .Files.Glob "components/configuration/*.yaml" }}
{{- $names = append $names (trimSuffix ".yaml" (base $path)) -}}
{{- end -}}
{{- $names | sortAlpha | toJson -}}
{{- end }}

{{- define "operator.image" -}}
{{- $registry := ternary (printf "%s/" .Values.image.registry) "" (and (ne .Values.image.registry "") (eq .Values.image.repository "")) -}}
{{- printf "%s%s:%s" $registry (.Values.image.repository | default "codezest-operator") (.Values.image.tag | default .Chart.AppVersion) -}}
{{- end }}

{{/* With `keep` Helm leaves everything behind when it uninstalls, so that who is deleted at the same time is seen off. */}}
{{- define "operator.kept" -}}
{{- if .Values.keep }}
annotations: {helm.sh/resource-policy: keep}
{{- end }}
{{- end }}
