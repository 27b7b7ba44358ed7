import type { HistogramDefinition, MetricDefinition } from "../base/metric-sink.js";

/** Bounds that the HTTP conventions of OpenTelemetry advise, in seconds. */
const seconds = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

/** How long calls take, to the end of their responses. */
export const requestDuration: HistogramDefinition = {
  name: "http.client.request.duration",
  description: "Duration of HTTP client requests, from the call to the end of the response",
  unit: "s",
  labels: [
    "http.request.method",
    "http.response.status_code",
    "error.type",
    "server.address",
    "server.port",
    "url.scheme",
    "network.protocol.version",
    "client_name",
  ],
  buckets: seconds,
};

/** Calls under way. */
export const activeRequests: MetricDefinition = {
  name: "http.client.active_requests",
  description: "HTTP client requests under way",
  unit: "{request}",
  labels: ["http.request.method", "server.address", "server.port", "url.scheme", "client_name"],
};

/** Connections by what they do. */
export const openConnections: MetricDefinition = {
  name: "http.client.open_connections",
  description: "Connections of channels, by whether a call is on them",
  unit: "{connection}",
  labels: [
    "http.connection.state",
    "server.address",
    "server.port",
    "url.scheme",
    "network.peer.address",
    "network.protocol.version",
    "client_name",
  ],
};

/** How long connections last. The bounds are those that .NET has for this metric. */
export const connectionDuration: HistogramDefinition = {
  name: "http.client.connection.duration",
  description: "How long connections of channels have lasted, told when they close",
  unit: "s",
  labels: [
    "server.address",
    "server.port",
    "url.scheme",
    "network.peer.address",
    "network.protocol.version",
    "client_name",
  ],
  buckets: [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300],
};

/** How long look-ups take. */
export const lookupDuration: HistogramDefinition = {
  name: "dns.lookup.duration",
  description: "Time taken by look-ups of names",
  unit: "s",
  labels: ["dns.question.name", "error.type"],
  buckets: seconds,
};

/** Members that channels mean to have. */
export const channelsTarget: MetricDefinition = channelGauge(
  "target",
  "Members that a channel means to have",
);
/** Members that channels have. */
export const channelsCurrent: MetricDefinition = channelGauge("current", "Members that a channel has");
/** Members that are healthy. */
export const channelsHealthy: MetricDefinition = channelGauge(
  "healthy",
  "Members of a channel that are healthy",
);

/** Members opened so far. */
export const channelsOpened: MetricDefinition = {
  name: "client_channels_opened",
  description: "Members that channels have opened so far",
  unit: "",
  labels: ["client_name"],
};

/** When certificates end. */
export const certificateValidUntil: MetricDefinition = {
  name: "tls_certificate_valid_until",
  description: "When the certificate in use expires, in seconds since the Unix epoch",
  unit: "",
  labels: ["files"],
};

/** Whether signals are healthy. */
export const healthSignal: MetricDefinition = {
  name: "health_signal",
  description: "Whether a signal of the process is healthy, 1 or 0",
  unit: "",
  labels: ["signal"],
};

function channelGauge(what: string, description: string): MetricDefinition {
  return { name: `client_channels_${what}`, description, unit: "", labels: ["client_name"] };
}
