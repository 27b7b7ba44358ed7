export { type CallMetricsOptions, callMetrics } from "./call-metrics.js";
export { HostMetrics, HostMetricsRegistry, type HostPlace } from "./host-metrics.js";
export {
  type ClientMetrics,
  type ClientMetricsOptions,
  createClientMetrics,
  type MetricNames,
  type Recorder,
} from "./instruments.js";
export type { LimiterSource, LimiterState } from "./limiter-gauges.js";
export { createMemorySink, type MemorySink, type SeriesReading } from "./memory-sink.js";
export { Meter } from "./meter.js";
export { type NodeMetricsOptions, nodeMetrics } from "./node-metrics.js";
export { Timer } from "./timer.js";
