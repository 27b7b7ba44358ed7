import type { FailureReason, ServerReport, WorkerReport } from "../ipc/report.js";
import { addHistograms, emptyHistogram } from "./histogram.js";

/** What all workers together know of one server. */
export interface ServerTotals extends Omit<ServerReport, "id"> {
  /** Workers that know the server and have not ejected it. */
  readonly balancedBy: number;
  /** Workers that have ejected it. */
  readonly ejectedBy: number;
}

/** What all workers together have counted. */
export interface Totals
  extends Pick<WorkerReport, "connections" | "bytes" | "client" | "retries" | "latency"> {
  readonly requests: { readonly active: number; readonly total: number };
  readonly byStatus: ReadonlyMap<number, number>;
  readonly failures: ReadonlyMap<FailureReason, number>;
  readonly servers: ReadonlyMap<string, ServerTotals>;
}

/** A server that nobody knows anything of. */
export const noServerTotals: ServerTotals = {
  success: 0,
  failed: 0,
  inFlight: 0,
  tunnels: 0,
  connections: { open: 0, idle: 0 },
  ewmaMs: 0,
  ejectedForMs: 0,
  ejections: 0,
  oldestAgeMs: 0,
  latency: emptyHistogram,
  balancedBy: 0,
  ejectedBy: 0,
};

/** Nothing counted yet. */
export const noTotals: Totals = {
  connections: { open: 0, accepted: 0, refused: 0 },
  requests: { active: 0, total: 0 },
  byStatus: new Map(),
  bytes: { received: 0, sent: 0 },
  client: { success: 0, failed: 0 },
  failures: new Map(),
  retries: { made: 0, budgetExhausted: 0 },
  latency: emptyHistogram,
  servers: new Map(),
};

/** Puts a worker's report into the common form. */
export function reportTotals(report: WorkerReport): Totals {
  const { connections, requests, bytes, client, failures, retries, latency, servers } = report;
  return {
    connections,
    requests: { active: requests.active, total: requests.total },
    byStatus: new Map(requests.byStatus),
    bytes,
    client,
    failures: new Map(failures),
    retries,
    latency,
    servers: new Map(servers.map(({ id, ...server }) => [id, serverTotals(server)])),
  };
}

/** Adds up what two sets of workers have counted. */
export function addTotals(left: Totals, right: Totals): Totals {
  return {
    connections: addFields(left.connections, right.connections),
    requests: addFields(left.requests, right.requests),
    byStatus: addMaps(left.byStatus, right.byStatus, add),
    bytes: addFields(left.bytes, right.bytes),
    client: addFields(left.client, right.client),
    failures: addMaps(left.failures, right.failures, add),
    retries: addFields(left.retries, right.retries),
    latency: addHistograms(left.latency, right.latency),
    servers: addMaps(left.servers, right.servers, addServerTotals),
  };
}

/** Adds up what two sets of workers know of one server; ages and smoothed times are the worst of both. */
function addServerTotals(left: ServerTotals, right: ServerTotals): ServerTotals {
  return {
    success: left.success + right.success,
    failed: left.failed + right.failed,
    inFlight: left.inFlight + right.inFlight,
    tunnels: left.tunnels + right.tunnels,
    connections: addFields(left.connections, right.connections),
    ewmaMs: Math.max(left.ewmaMs, right.ewmaMs),
    ejectedForMs: Math.max(left.ejectedForMs, right.ejectedForMs),
    ejections: left.ejections + right.ejections,
    oldestAgeMs: Math.max(left.oldestAgeMs, right.oldestAgeMs),
    latency: addHistograms(left.latency, right.latency),
    balancedBy: left.balancedBy + right.balancedBy,
    ejectedBy: left.ejectedBy + right.ejectedBy,
  };
}

/** Keeps of a server what only ever grows, and nothing of what was true for the moment. */
function lastingServerTotals({ success, failed, ejections, latency }: ServerTotals): ServerTotals {
  return { ...noServerTotals, success, failed, ejections, latency };
}

/** Keeps what only ever grows, and nothing of what was true for the moment. */
export function lastingTotals(totals: Totals): Totals {
  return {
    ...totals,
    connections: { ...totals.connections, open: 0 },
    requests: { ...totals.requests, active: 0 },
    servers: new Map([...totals.servers].map(([id, server]) => [id, lastingServerTotals(server)])),
  };
}

function serverTotals(server: Omit<ServerReport, "id">): ServerTotals {
  const ejected = server.ejectedForMs > 0;
  return { ...server, balancedBy: ejected ? 0 : 1, ejectedBy: ejected ? 1 : 0 };
}

function add(left: number, right: number): number {
  return left + right;
}

function addFields<T extends { readonly [K in keyof T]: number }>(left: T, right: T): T {
  const sums = Object.keys(left).map((key) => [key, left[key as keyof T] + right[key as keyof T]]);
  return Object.fromEntries(sums) as T;
}

function addMaps<K, V>(left: ReadonlyMap<K, V>, right: ReadonlyMap<K, V>, sum: (left: V, right: V) => V) {
  const sums = new Map(left);
  for (const [key, value] of right) {
    const before = sums.get(key);
    sums.set(key, before === undefined ? value : sum(before, value));
  }
  return sums;
}
