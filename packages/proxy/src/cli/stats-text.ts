import { formatTable } from "./table.js";

/** As much of `GET /stats` as is printed. */
export interface StatsDocument {
  readonly client: { readonly success: number; readonly failed: number };
  readonly requests: { readonly active: number };
  readonly perSecond: Readonly<
    Record<"1s" | "10s" | "1m", { readonly requests: number; readonly failed: number }>
  >;
  readonly latencyMs: Readonly<Record<"p50" | "p90" | "p99" | "p999", number | null>>;
  readonly failures: Readonly<Record<string, number>>;
  readonly connections: { readonly open: number };
}

/** As much of a row of `GET /stats/detail` as is printed. */
export interface StatsRow {
  readonly id: string;
  readonly state: string;
  readonly success: number;
  readonly failed: number;
  readonly inFlight: number;
  readonly ewmaMs: number;
  readonly lastCheck: { readonly reason: string } | null;
}

/** Writes the counters of a proxy for people. */
export function formatStats(stats: StatsDocument, rows: readonly StatsRow[]): string {
  const { client, requests, perSecond, latencyMs, connections } = stats;
  const { p50, p90, p99, p999 } = latencyMs;
  return [
    `requests     ${client.success} answered, ${client.failed} failed, ${requests.active} active`,
    `per second   ${perSecond["1s"].requests} (1s)  ${perSecond["10s"].requests} (10s)  ${perSecond["1m"].requests} (1m)`,
    `latency      p50 ${ms(p50)}  p90 ${ms(p90)}  p99 ${ms(p99)}  p99.9 ${ms(p999)}  (last minute)`,
    `connections  ${connections.open} open`,
    ...failureLines(stats),
    "",
    rows.length === 0 ? "no servers" : serverTable(rows),
  ].join("\n");
}

function failureLines({ failures }: StatsDocument): readonly string[] {
  const parts = Object.entries(failures).map(([reason, count]) => `${count} ${reason}`);
  return parts.length === 0 ? [] : [`failures     ${parts.join(", ")}`];
}

function serverTable(rows: readonly StatsRow[]): string {
  const cells = rows.map(({ id, state, success, failed, inFlight, ewmaMs, lastCheck }) => {
    return [id, state, success, failed, inFlight, ewmaMs, lastCheck?.reason ?? "not yet"];
  });
  return formatTable(["SERVER", "STATE", "SUCCESS", "FAILED", "IN FLIGHT", "EWMA MS", "LAST CHECK"], cells);
}

function ms(value: number | null): string {
  return value === null ? "-" : `${value} ms`;
}
