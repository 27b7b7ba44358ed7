import { VirtualClock } from "millrace/testing";
import { daemonConfig } from "../config/daemon-config.js";
import { createSilentLog } from "../logging.js";
import { loadPool } from "../pool/open-pool.js";
import { createMemoryStore } from "../pool/store.js";
import { emptyHistogram } from "../stats/histogram.js";
import { noServerTotals, noTotals } from "../stats/totals.js";
import { createAdminApp } from "./app.js";

const id = "127.0.0.1:12345";

/** The admin API over a pool in memory, with workers that are only said to be there. */
export async function setup() {
  const { pool, editor } = await loadPool(daemonConfig({}), createMemoryStore(), new VirtualClock());
  const fleet = {
    accepting: true,
    status: [{ pid: 7, state: "ready" as const, revision: 1, restarts: 0 }],
    whenApplied: async () => ({ applied: 1, workers: 2, missing: [7] }),
  };
  const health = { health: () => undefined };
  const records = { certificates: [], usable: true };
  const parts = {
    pool,
    editor,
    fleet,
    records,
    health,
    stats: { read: async () => reading() },
    log: createSilentLog(),
  };
  const app = createAdminApp(parts, { host: "127.0.0.1", port: 8687 });

  const send = async (
    method: "GET" | "POST" | "PATCH" | "DELETE",
    path: string,
    body?: unknown,
    headers = {},
  ) => {
    const payload = typeof body === "string" ? body : JSON.stringify(body);
    const host = { host: "127.0.0.1:8687" };
    const answer = await app.inject({
      method,
      url: path,
      headers: { ...host, ...headers },
      ...(payload === undefined ? {} : { payload }),
    });
    const type = String(answer.headers["content-type"]);
    const parsed = type.startsWith("application/json")
      ? (JSON.parse(answer.body) as Record<string, unknown>)
      : {};
    return { status: answer.statusCode, body: parsed };
  };
  const text = async (path: string) => (await app.inject(path)).body;
  return { app, pool, fleet, send, text };
}

function reading() {
  const still = { requests: 0, failed: 0, receivedBytes: 0, sentBytes: 0 };
  const latency = { counts: emptyHistogram.counts.map((_, index) => (index === 3 ? 1 : 0)), sumMs: 2 };
  const server = { ...noServerTotals, success: 4, latency, ejectedBy: 2, ejectedForMs: 1_000 };
  return {
    totals: {
      ...noTotals,
      client: { success: 8, failed: 2 },
      byStatus: new Map([[200, 8]]),
      latency,
      servers: new Map([[id, server]]),
    },
    server: { success: 9, failed: 3 },
    rates: { "1s": still, "10s": still, "1m": still },
    recentLatency: emptyHistogram,
    reports: [],
  };
}
