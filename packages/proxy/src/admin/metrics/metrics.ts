import { Registry } from "prom-client";
import type { StatsReading } from "../../stats/collector.js";
import { version } from "../../version.js";
import type { AdminParts } from "../parts.js";
import type { RawBody } from "../route.js";
import { certificateMetrics } from "./certificates.js";
import { gauge } from "./series.js";
import { serverMetrics } from "./servers.js";
import { trafficMetrics } from "./traffic.js";
import { workerMetrics } from "./workers.js";

/**
 * Writes everything that is known in the text format of Prometheus.
 *
 * Names follow OpenTelemetry's HTTP conventions where those have one; all others begin with
 * `millrace_`. The registry is made anew each time, so that what has left the pool leaves no series.
 */
export async function metricsText(
  { pool, fleet, records }: AdminParts,
  reading: StatsReading,
): Promise<RawBody> {
  const registry = new Registry();
  gauge(registry, "millrace_build_info", "Always 1; the label tells the version.", [[{ version }, 1]]);
  gauge(registry, "millrace_pool_revision", "Changes of the pool so far.", [[{}, pool.revision]]);
  trafficMetrics(registry, reading.totals);
  serverMetrics(registry, pool, reading);
  workerMetrics(registry, fleet.status, reading.reports);
  certificateMetrics(registry, records.certificates);
  return { raw: await registry.metrics(), contentType: registry.contentType };
}
