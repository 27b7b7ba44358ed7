import { formatDuration } from "millrace/config";
import { z } from "zod";
import { healthOverrideSchema } from "../config/health-check.js";
import type { ServerHealth } from "../health/monitor.js";
import type { LatencyHistogram } from "../ipc/report.js";
import type { PooledServer } from "../pool/server.js";
import { percentile } from "../stats/histogram.js";
import { noServerTotals, type ServerTotals } from "../stats/totals.js";

const method = z.enum(["GET", "POST", "PATCH", "DELETE"]).nullable();

/** Where to go next. */
export const linkView = z.object({ rel: z.string(), href: z.string(), method });

/** A health check that is done. */
const checkView = z.object({
  passed: z.boolean(),
  status: z.int().optional(),
  reason: z.string(),
  took: z.string(),
  at: z.iso.datetime(),
});

/** A server, as the listing shows it. */
export const serverView = z.object({
  id: z.string(),
  url: z.string(),
  host: z.string(),
  port: z.int(),
  weight: z.number(),
  state: z.enum(["active", "ejected", "down", "draining", "removing"]),
  healthy: z.boolean(),
  source: z.enum(["config", "api"]),
  healthCheck: healthOverrideSchema,
  lastCheck: checkView.nullable(),
  links: z.array(linkView),
});

/** A row of `GET /stats/detail`. */
export const serverStatsView = z.object({
  id: z.string(),
  ip: z.string(),
  port: z.int(),
  url: z.string(),
  weight: z.number(),
  state: serverView.shape.state,
  success: z.int(),
  failed: z.int(),
  inFlight: z.int(),
  tunnels: z.int(),
  connections: z.object({ open: z.int(), idle: z.int() }),
  ewmaMs: z.number(),
  oldestMs: z.number(),
  latencyMs: z.record(z.string(), z.number().nullable()),
  ejections: z.int(),
  ejectedBy: z.int(),
  ejectedForMs: z.number(),
  lastCheck: checkView.nullable(),
});

/** Shows a server of the pool. */
export function showServer(
  server: PooledServer,
  health: ServerHealth | undefined,
): z.input<typeof serverView> {
  const { id, url, host, port, weight, healthy, source, healthCheck } = server;
  const href = `/servers/${encodeURIComponent(id)}`;
  return {
    id,
    url,
    host,
    port,
    weight,
    state: serverState(server, noServerTotals),
    healthy,
    source,
    healthCheck,
    lastCheck: showCheck(health),
    links: [
      { rel: "self", href, method: "GET" },
      { rel: "update", href, method: "PATCH" },
      { rel: "delete", href: `/servers/${encodeURIComponent(url)}`, method: "DELETE" },
    ],
  };
}

/** Shows what is counted of a server. */
export function showServerStats(
  server: PooledServer,
  health: ServerHealth | undefined,
  totals: ServerTotals = noServerTotals,
): z.input<typeof serverStatsView> {
  const { id, url, host, port, weight } = server;
  const { success, failed, inFlight, tunnels, connections, ejections, ejectedBy } = totals;
  return {
    id,
    ip: host,
    port,
    url,
    weight,
    state: serverState(server, totals),
    success,
    failed,
    inFlight,
    tunnels,
    connections,
    ewmaMs: round(totals.ewmaMs),
    oldestMs: round(totals.oldestAgeMs),
    latencyMs: showPercentiles(totals.latency),
    ejections,
    ejectedBy,
    ejectedForMs: round(totals.ejectedForMs),
    lastCheck: showCheck(health),
  };
}

/** Shows what share of requests took no longer than what, in milliseconds. */
export function showPercentiles(
  latency: LatencyHistogram,
): Record<"p50" | "p90" | "p99" | "p999", number | null> {
  const at = (share: number) => {
    const value = percentile(latency, share);
    return value === null ? null : round(value);
  };
  return { p50: at(0.5), p90: at(0.9), p99: at(0.99), p999: at(0.999) };
}

/** Keeps three digits behind the point. */
export function round(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}

function serverState({ duty, healthy }: PooledServer, { ejectedBy, balancedBy }: ServerTotals) {
  if (duty.state !== "serving") return duty.state;
  if (!healthy) return "down";
  return ejectedBy > 0 && balancedBy === 0 ? "ejected" : "active";
}

function showCheck(health: ServerHealth | undefined): z.input<typeof checkView> | null {
  if (!health?.last) return null;
  const { passed, status, reason, durationMs, at } = health.last;
  const took = formatDuration(Math.round(durationMs));
  return {
    passed,
    ...(status === undefined ? {} : { status }),
    reason,
    took,
    at: new Date(at).toISOString(),
  };
}
