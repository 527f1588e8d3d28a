{{/* The collector's own configuration. Figures are made of all spans, then whole traces are chosen. */}}
{{- define "platform.collectorConfiguration" -}}
{{- $out := list -}}
{{- if .Values.zipkin.enabled }}{{ $out = append $out "zipkin" }}{{ end -}}
{{- if .Values.collector.otlp.endpoint }}{{ $out = append $out "otlp" }}{{ end -}}
receivers:
  otlp:
    protocols:
      grpc: {endpoint: "0.0.0.0:4317"}
      http: {endpoint: "0.0.0.0:4318"}
processors:
  memory_limiter: {check_interval: 1s, limit_percentage: 80, spike_limit_percentage: 20}
  batch: {timeout: 1s}
  tail_sampling:
    decision_wait: {{ .Values.collector.sampling.decisionSeconds }}s
    num_traces: 20000
    policies:
      - {name: failed, type: status_code, status_code: {status_codes: [ERROR]}}
      - {name: slow, type: latency, latency: {threshold_ms: {{ .Values.collector.sampling.slowMilliseconds }}}}
      - {name: some, type: probabilistic, probabilistic: {sampling_percentage: {{ .Values.collector.sampling.percent }}}}
connectors:
  spanmetrics:
    histogram: {explicit: {buckets: [5ms, 10ms, 25ms, 50ms, 100ms, 250ms, 500ms, 1s, 2500ms, 5s, 10s]}}
    metrics_flush_interval: 15s
exporters:
  prometheus: {endpoint: "0.0.0.0:8889"}
  {{- if .Values.zipkin.enabled }}
  zipkin: {endpoint: "http://zipkin:9411/api/v2/spans"}
  {{- end }}
  {{- if .Values.collector.otlp.endpoint }}
  otlp:
    endpoint: {{ .Values.collector.otlp.endpoint | quote }}
    tls: {insecure: {{ .Values.collector.otlp.insecure }}}
    {{- if .Values.collector.otlp.headersSecret }}
    headers: {authorization: "${env:OTLP_AUTHORIZATION}"}
    {{- end }}
  {{- end }}
  {{- if not $out }}
  {{- $out = list "debug" }}
  debug: {verbosity: basic}
  {{- end }}
extensions:
  health_check: {endpoint: "0.0.0.0:13133"}
service:
  extensions: [health_check]
  telemetry:
    logs: {level: warn}
    metrics: {level: none}
  pipelines:
    traces/figures: {receivers: [otlp], processors: [memory_limiter], exporters: [spanmetrics]}
    traces: {receivers: [otlp], processors: [memory_limiter, tail_sampling, batch], exporters: {{ toJson $out }}}
    metrics: {receivers: [spanmetrics], exporters: [prometheus]}
{{- end }}
