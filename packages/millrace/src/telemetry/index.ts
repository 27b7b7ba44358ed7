export { type HandoffMetricsOptions, openHandoffMetrics } from "./open-handoff-metrics.js";
export { type MetricsOptions, openMetrics } from "./open-metrics.js";
export { createOpenTelemetrySink, type OpenTelemetryMeter } from "./open-telemetry.js";
export { createPrometheusSink, type PrometheusClient, type PrometheusRegistry } from "./prometheus.js";
