{{- define "platform.toDns" -}}
- to: {{- toYaml .Values.global.network.dns | nindent 4 }}
  ports: # 5353 is where some clusters' servers listen behind port 53
    - {port: 53, protocol: UDP}
    - {port: 53, protocol: TCP}
    - {port: 5353, protocol: UDP}
    - {port: 5353, protocol: TCP}
{{- end }}

{{- define "platform.toDatabase" -}}
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
{{- define "platform.outside" -}}
- ipBlock:
    cidr: 0.0.0.0/0
    except: [10.0.0.0/8, 100.64.0.0/10, 127.0.0.0/8, 169.254.0.0/16, 172.16.0.0/12, 192.168.0.0/16]
- ipBlock:
    cidr: "::/0"
    except: ["::1/128", "fc00::/7", "fe80::/10"]
{{- end }}
