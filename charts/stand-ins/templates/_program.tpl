{{/* One program of the image, found as <name>.<namespace>.svc and, by people, as <name>.localhost. Call it with the root, its name,
     command and ports, which of those is for people, and what it is told. */}}
{{- define "stand-ins.program" -}}
{{- $name := .name }}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: {{ $name }}, labels: {app.kubernetes.io/name: {{ $name }}}}
spec:
  strategy: {type: Recreate} # what it knows is in its memory
  selector: {matchLabels: {app.kubernetes.io/name: {{ $name }}}}
  template:
    metadata: {labels: {app.kubernetes.io/name: {{ $name }}}}
    spec:
      automountServiceAccountToken: false
      enableServiceLinks: false
      securityContext: {runAsNonRoot: true, runAsUser: 10001, runAsGroup: 10001, fsGroup: 10001, seccompProfile: {type: RuntimeDefault}}
      hostAliases: {{ .aliases | default list | toJson }}
      containers:
        - name: {{ $name }}
          image: {{ .root.Values.image | quote }}
          command: {{ .command | toJson }}
          env: {{ .environment | default list | toJson }}
          ports:
            {{- range $port, $number := .ports }}
            - {name: {{ $port }}, containerPort: {{ $number }}}
            {{- end }}
          readinessProbe: {tcpSocket: {port: {{ .web }}}, periodSeconds: 1}
          resources: {requests: {cpu: 20m, memory: 64Mi}, limits: {memory: 256Mi}}
          securityContext: {allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: {drop: [ALL]}}
          volumeMounts: [{name: tmp, mountPath: /tmp}]
      volumes: [{name: tmp, emptyDir: {sizeLimit: 256Mi}}]
---
apiVersion: v1
kind: Service
metadata: {name: {{ $name }}}
spec:
  selector: {app.kubernetes.io/name: {{ $name }}}
  ports:
    {{- range $port, $number := .ports }}
    - {name: {{ $port }}, port: {{ $number }}, targetPort: {{ $port }}}
    {{- end }}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: {{ $name }}}
spec:
  rules:
    - host: {{ $name }}.localhost
      http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: {{ $name }}, port: {name: {{ .web }}}}}}]}
{{- end }}
