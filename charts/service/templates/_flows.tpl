{{/* Who speaks to whom. Calls between services are those of the access policy, components/configuration/<callee>.yaml. */}}


{{/* The services that may call this one, as JSON. */}}
{{- define "service.callers" -}}
{{- $path := printf "components/configuration/%s.yaml" (include "service.name" .) -}}
{{- $policy := .Files.Get $path | required (printf "name: there is no %s, so nobody may call this service: is its name right?" $path) | fromYaml -}}
{{- $callers := list -}}
{{- range $policy.spec.accessControl.policies }}{{ $callers = append $callers .appId }}{{ end -}}
{{- $callers | sortAlpha | toJson -}}
{{- end }}

{{/* The services that this one may call, as JSON. */}}
{{- define "service.callees" -}}
{{- $name := include "service.name" . -}}
{{- $callees := list -}}
{{- range $path, $_ := .Files.Glob "components/configuration/*.yaml" -}}
{{- $policy := $.Files.Get $path | fromYaml -}}
{{- range $policy.spec.accessControl.policies -}}
{{- if eq .appId $name }}{{ $callees = append $callees $policy.metadata.name }}{{ end -}}
{{- end -}}
{{- end -}}
{{- $callees | sortAlpha | toJson -}}
{{- end }}

{{- define "service.toDns" -}}
- to: {{- toYaml .Values.global.network.dns | nindent 4 }}
  ports: # 5353 is where some clusters' servers listen behind port 53
    - {port: 53, protocol: UDP}
    - {port: 53, protocol: TCP}
    - {port: 5353, protocol: UDP}
    - {port: 5353, protocol: TCP}
{{- end }}

{{- define "service.toDatabase" -}}
- to:
    {{- if .Values.global.database.peers }}
    {{- toYaml .Values.global.database.peers | nindent 4 }}
    {{- else }}
    - podSelector: {matchLabels: {app.kubernetes.io/name: postgres, app.kubernetes.io/part-of: codezest}}
    {{- end }}
  ports:
    - {port: {{ .Values.global.database.port }}, protocol: TCP}
{{- end }}

{{/* Every address that is nobody's private network. */}}
{{- define "service.outside" -}}
- ipBlock:
    cidr: 0.0.0.0/0
    except: [10.0.0.0/8, 100.64.0.0/10, 127.0.0.0/8, 169.254.0.0/16, 172.16.0.0/12, 192.168.0.0/16]
- ipBlock:
    cidr: "::/0"
    except: ["::1/128", "fc00::/7", "fe80::/10"]
{{- end }}
