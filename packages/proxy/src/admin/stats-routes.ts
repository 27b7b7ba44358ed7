import { z } from "zod";
import { metricsText } from "./metrics/metrics.js";
import type { AdminParts } from "./parts.js";
import { type Route, route } from "./route.js";
import { showStats, statsView } from "./stats-view.js";
import { serverStatsView, showServerStats } from "./views.js";

/** The routes that tell what is going on. */
export function statsRoutes(parts: AdminParts): readonly Route[] {
  const { pool, health, stats, fleet } = parts;

  return [
    route({
      method: "GET",
      path: "/stats",
      rel: "stats",
      summary: "Tells what all workers have counted, how fast things go, and how long requests take.",
      answers: { 200: { description: "Counters, rates and percentiles.", schema: statsView } },
      handle: async () => ({ status: 200, body: showStats(await stats.read()) }),
    }),
    route({
      method: "GET",
      path: "/stats/detail",
      rel: "detail",
      summary: "Tells the same of each server, with its state and its latest check.",
      answers: {
        200: {
          description: "A row for each server.",
          schema: z.object({ servers: z.array(serverStatsView) }),
        },
      },
      async handle() {
        const { totals } = await stats.read();
        const rows = [...pool.servers.values()].map((server) =>
          showServerStats(server, health.health(server.id), totals.servers.get(server.id)),
        );
        return { status: 200, body: { servers: rows } };
      },
    }),
    route({
      method: "GET",
      path: "/workers",
      rel: "workers",
      summary: "Lists the processes that carry traffic, and what each has applied.",
      answers: { 200: { description: "A row for each worker." } },
      handle: () => ({ status: 200, body: { workers: fleet.status } }),
    }),
    route({
      method: "GET",
      path: "/metrics",
      rel: "metrics",
      summary: "Tells everything to Prometheus.",
      query: z.unknown(),
      answers: { 200: { description: "The text format of Prometheus." } },
      handle: async () => ({ status: 200, body: await metricsText(parts, await stats.read()) }),
    }),
  ];
}
