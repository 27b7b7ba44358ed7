import { z } from "zod";
import type { StatsReading } from "../stats/collector.js";
import type { Rates } from "../stats/rates.js";
import { round, showPercentiles } from "./views.js";

const outcomes = z.object({ success: z.int(), failed: z.int() });
const rates = z.object({
  requests: z.number(),
  failed: z.number(),
  receivedBytes: z.number(),
  sentBytes: z.number(),
});
const counts = z.record(z.string(), z.int());

/** What `GET /stats` tells. */
export const statsView = z.object({
  client: outcomes.meta({ description: "What clients saw, after retries. Success is a status below 500." }),
  server: outcomes.meta({ description: "What servers answered, attempt by attempt." }),
  requests: z.object({ active: z.int(), total: z.int(), byStatus: counts }),
  perSecond: z.object({ "1s": rates, "10s": rates, "1m": rates }),
  latencyMs: z
    .record(z.string(), z.number().nullable())
    .meta({ description: "Percentiles of the last minute." }),
  failures: counts.meta({ description: "Failed requests by reason." }),
  retries: z.object({ made: z.int(), budgetExhausted: z.int() }),
  connections: z.object({ open: z.int(), accepted: z.int(), refused: z.int() }),
  bytes: z.object({ received: z.int(), sent: z.int() }),
});

/** Shows what all workers have counted. */
export function showStats({
  totals,
  server,
  rates: measured,
  recentLatency,
}: StatsReading): z.input<typeof statsView> {
  const { client, requests, byStatus, failures, retries, connections, bytes } = totals;
  return {
    client,
    server,
    requests: { ...requests, byStatus: Object.fromEntries(byStatus) },
    perSecond: {
      "1s": showRates(measured["1s"]),
      "10s": showRates(measured["10s"]),
      "1m": showRates(measured["1m"]),
    },
    latencyMs: showPercentiles(recentLatency),
    failures: Object.fromEntries([...failures].filter(([, count]) => count > 0)),
    retries,
    connections,
    bytes,
  };
}

function showRates(measured: Rates): z.input<typeof rates> {
  return {
    requests: round(measured.requests),
    failed: round(measured.failed),
    receivedBytes: round(measured.receivedBytes),
    sentBytes: round(measured.sentBytes),
  };
}
