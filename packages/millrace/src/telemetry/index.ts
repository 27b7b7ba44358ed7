export type { HandoffMetricsOptions } from "./open-handoff-metrics.js";
export { openHandoffMetrics } from "./open-handoff-metrics.js";
export type { MetricsOptions } from "./open-metrics.js";
export { openMetrics } from "./open-metrics.js";
export type { OpenTelemetryMeter } from "./open-telemetry.js";
export { createOpenTelemetrySink } from "./open-telemetry.js";
export type { PrometheusClient, PrometheusRegistry } from "./prometheus.js";
export { createPrometheusSink } from "./prometheus.js";
