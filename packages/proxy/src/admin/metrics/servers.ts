import type { Registry } from "prom-client";
import type { Pool } from "../../pool/pool.js";
import type { PooledServer } from "../../pool/server.js";
import type { StatsReading } from "../../stats/collector.js";
import { noServerTotals, type ServerTotals } from "../../stats/totals.js";
import { CountedHistogram } from "./counted-histogram.js";
import { counter, gauge, type Labels, type Values } from "./series.js";

interface ServerRow {
  readonly server: PooledServer;
  readonly counted: ServerTotals;
  readonly labels: Labels;
}

type Metric = readonly [name: string, help: string, value: (row: ServerRow) => number];

const gauges: readonly Metric[] = [
  ["http_client_active_requests", "Requests in flight, tunnels included.", ({ counted }) => counted.inFlight],
  ["millrace_server_healthy", "Whether checks find it well.", ({ server }) => Number(server.healthy)],
  [
    "millrace_server_draining",
    "Whether it gets nothing new.",
    ({ server }) => Number(server.duty.state !== "serving"),
  ],
  ["millrace_server_weight", "Share of traffic relative to the others.", ({ server }) => server.weight],
  ["millrace_server_tunnels", "Upgraded connections.", ({ counted }) => counted.tunnels],
  ["millrace_server_ewma_seconds", "Smoothed latency, where worst.", ({ counted }) => counted.ewmaMs / 1_000],
  [
    "millrace_server_oldest_seconds",
    "Longest wait for an answer now.",
    ({ counted }) => counted.oldestAgeMs / 1_000,
  ],
  ["millrace_server_ejected_workers", "Workers that have ejected it.", ({ counted }) => counted.ejectedBy],
];

/** Tells how each server of the pool does. */
export function serverMetrics(registry: Registry, { servers }: Pool, { totals }: StatsReading): void {
  const rows: readonly ServerRow[] = [...servers.values()].map((server) => ({
    server,
    counted: totals.servers.get(server.id) ?? noServerTotals,
    labels: { server: server.id, server_address: server.host, server_port: server.port },
  }));
  for (const [name, help, value] of gauges) {
    gauge(
      registry,
      name,
      help,
      rows.map((row) => [row.labels, value(row)]),
    );
  }
  gauge(registry, "http_client_open_connections", "Connections by state.", rows.flatMap(connections));
  counter(
    registry,
    "millrace_server_answers_total",
    "Answers; failed is 500 or more, or none.",
    rows.flatMap(answers),
  );
  counter(registry, "millrace_server_ejections_total", "Ejections by traffic.", rows.flatMap(ejections));

  const about = "Time to the head of an answer, attempt by attempt.";
  const times = new CountedHistogram(registry, "http_client_request_duration_seconds", about);
  for (const { labels, counted } of rows) times.tell(labels, counted.latency);
}

function connections({
  labels,
  counted: {
    connections: { open, idle },
  },
}: ServerRow): Values {
  return [
    [{ ...labels, http_connection_state: "idle" }, idle],
    [{ ...labels, http_connection_state: "active" }, open - idle],
  ];
}

function answers({ labels, counted: { success, failed } }: ServerRow): Values {
  return [
    [{ ...labels, outcome: "success" }, success],
    [{ ...labels, outcome: "failed" }, failed],
  ];
}

function ejections({ labels, counted }: ServerRow): Values {
  return [[labels, counted.ejections]];
}
