import type { HistogramDefinition, MetricDefinition } from "../../base/metric-sink.js";

/** Bounds that OpenTelemetry's conventions advise for durations, in seconds. */
const buckets = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

const nodeLabels = ["http.request.method", "server.address", "server.port", "url.scheme", "url.template"];

/** OpenTelemetry: durations of attempts. */
export const requestDuration: HistogramDefinition = {
  name: "http.client.request.duration",
  description: "Time of HTTP requests until the head of their response",
  unit: "s",
  labels: [...nodeLabels, "http.response.status_code", "error.type"],
  buckets,
};

/** OpenTelemetry: attempts under way. */
export const activeRequests: MetricDefinition = {
  name: "http.client.active_requests",
  description: "HTTP requests under way",
  unit: "{request}",
  labels: nodeLabels,
};

/** conjure_runtime: durations of calls. */
export const clientResponse: HistogramDefinition = {
  name: "client.response",
  description: "Time of calls until their response, all attempts included",
  unit: "s",
  labels: ["channel-name", "service-name", "endpoint", "status"],
  buckets,
};

/** conjure_runtime before 4.3: durations of calls. */
export const clientRequest: HistogramDefinition = {
  name: "client.request",
  description: "Time of calls until their response, all attempts included",
  unit: "s",
  labels: ["service"],
  buckets,
};

/** conjure_runtime before 4.3: calls that had no response. */
export const clientRequestError: MetricDefinition = {
  name: "client.request.error",
  description: "Calls that had no response",
  unit: "{call}",
  labels: ["service", "reason"],
};

/** conjure_runtime: handshakes of TLS. */
export const tlsHandshake: MetricDefinition = {
  name: "tls.handshake",
  description: "Handshakes of TLS that succeeded",
  unit: "{handshake}",
  labels: ["context", "protocol", "cipher"],
};

/** conjure_runtime: the least limit of a host. */
export const limiterMax: MetricDefinition = {
  name: "conjure-runtime.concurrencylimiter.max",
  description: "Least limit of calls in flight among the limiters of a host",
  unit: "{call}",
  labels: ["service", "hostIndex"],
};

/** conjure_runtime: calls in flight that the limiters of a host have let through. */
export const limiterInFlight: MetricDefinition = {
  name: "conjure-runtime.concurrencylimiter.in-flight",
  description: "Calls in flight that the limiters of a host have let through",
  unit: "{call}",
  labels: ["service", "hostIndex"],
};
