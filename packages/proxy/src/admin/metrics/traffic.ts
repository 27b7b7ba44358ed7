import type { Registry } from "prom-client";
import type { Totals } from "../../stats/totals.js";
import { CountedHistogram } from "./counted-histogram.js";
import { counter, gauge, type Values } from "./series.js";

type Metric = readonly [name: string, help: string, value: (totals: Totals) => number];

const gauges: readonly Metric[] = [
  ["http_server_active_requests", "Requests without a whole answer.", ({ requests }) => requests.active],
  ["millrace_connections_open", "Connections of clients.", ({ connections }) => connections.open],
];

const counters: readonly Metric[] = [
  ["millrace_connections_accepted_total", "Connections accepted.", ({ connections }) => connections.accepted],
  [
    "millrace_connections_refused_total",
    "Connections closed at once.",
    ({ connections }) => connections.refused,
  ],
  ["millrace_received_bytes_total", "Bytes from clients.", ({ bytes }) => bytes.received],
  ["millrace_sent_bytes_total", "Bytes to clients.", ({ bytes }) => bytes.sent],
  ["millrace_retries_total", "Attempts after the first.", ({ retries }) => retries.made],
  ["millrace_retry_budget_exhausted_total", "Retries not allowed.", ({ retries }) => retries.budgetExhausted],
];

/** Tells what clients have asked for and got. */
export function trafficMetrics(registry: Registry, totals: Totals): void {
  for (const [name, help, value] of gauges) gauge(registry, name, help, [[{}, value(totals)]]);
  for (const [name, help, value] of counters) counter(registry, name, help, [[{}, value(totals)]]);

  const statuses: Values = [...totals.byStatus].map(([status, count]) => [
    { http_response_status_code: status },
    count,
  ]);
  counter(registry, "millrace_requests_total", "Answers to clients by status.", statuses);
  const failures: Values = [...totals.failures].map(([reason, count]) => [{ reason }, count]);
  counter(registry, "millrace_failures_total", "Failed requests by reason.", failures);

  const about = "Time to answer requests of clients.";
  new CountedHistogram(registry, "http_server_request_duration_seconds", about).tell({}, totals.latency);
}
