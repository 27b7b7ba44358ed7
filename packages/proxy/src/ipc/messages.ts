import type { HandoffQuestion } from "millrace/handoff";
import type { ProxySettings } from "../config/settings.js";
import type { WorkerReport } from "./report.js";

/** A server of the pool, as much of it as a worker needs. */
export interface ServerRecord {
  /** Stable name of the server in the admin API, in changes and in reports. */
  readonly id: string;
  /** Normalised: `http://host:port` and, where there is one, a base path without a slash at its end. */
  readonly url: string;
  /** Share of traffic relative to the other servers; more than 0. */
  readonly weight: number;
  /** What the manager's own checks say. Ejection by traffic is each worker's own. */
  readonly healthy: boolean;
  /** Whether requests in flight may finish but no new one may start. */
  readonly draining: boolean;
}

/** Everything a worker must know, as of one revision. */
export interface Snapshot {
  readonly revision: number;
  readonly settings: ProxySettings;
  readonly servers: readonly ServerRecord[];
}

/** One step from a revision to the next. */
export type Change =
  /** Adds the server, or replaces the record of the same id; its connections and load stay. */
  | { readonly type: "put"; readonly server: ServerRecord }
  /** Forgets the server and drops what still runs on it. */
  | { readonly type: "remove"; readonly id: string }
  /** Replaces all settings. */
  | { readonly type: "settings"; readonly settings: ProxySettings }
  /** Ends an ejection by traffic: a check of the manager has passed. */
  | { readonly type: "absolve"; readonly id: string };

/** What makes connections TLS: certificate chain and key, in PEM. */
export interface ListenerTls {
  readonly cert: string;
  readonly key: string;
}

/** An address that the workers accept connections on. */
export interface ListenerRecord {
  /** As configured, for messages and logs: `0.0.0.0:8080`. */
  readonly address: string;
  /** There when connections are TLS. */
  readonly tls?: ListenerTls;
}

/**
 * What the manager tells a worker.
 *
 * The order is fixed: one `start`, answered by `prepared`. Then, to let connections in, one `listen` for each of its
 * `listeners`, each with the bound handle sent beside it; after a `pause` they may come again. A worker that gets `drain`
 * gets nothing but `report` after it.
 */
export type ManagerMessage =
  | {
      readonly type: "start";
      readonly snapshot: Snapshot;
      readonly listeners: readonly ListenerRecord[];
      /** Number of the worker's place among all, from 0; kept by whoever takes its place. */
      readonly place: number;
      /** What the next manager is found by, should this one die; `undefined` when nobody takes over from it. */
      readonly program?: HandoffQuestion | undefined;
    }
  /** Accepts on `listeners[index]`, whose handle, bound but not listening, comes beside this message. */
  | { readonly type: "listen"; readonly index: number }
  /** Shows this certificate at `listeners[index]` from now on. Connections that are open go on as they are. */
  | { readonly type: "certify"; readonly index: number; readonly tls: ListenerTls }
  /** Accepts no more: who connects waits for whoever accepts next on the same addresses. What is open stays. */
  | { readonly type: "pause" }
  /** Makes the next response on each connection its last one, and tells by `idle` when none is left; or stops that. */
  | { readonly type: "retire"; readonly retired: boolean }
  /** Serves on from now on when the manager is gone; before it, a worker leaves then. */
  | { readonly type: "outlive" }
  /** What the next manager is to know, as text, should this one die. Takes the place of what was kept before. */
  | { readonly type: "keep"; readonly state: string }
  /** To be applied in order, all or nothing; answered by `applied`. */
  | { readonly type: "change"; readonly revision: number; readonly changes: readonly Change[] }
  /** Asks for a report, which carries the same `id`. */
  | { readonly type: "report"; readonly id: number }
  /** Stop accepting, finish what runs within `deadlineMs`, say `drained`, then exit. */
  | { readonly type: "drain"; readonly deadlineMs: number };

/** How much a log line matters; pino's names. */
export type LogLevel = "debug" | "info" | "warn" | "error";

/** What a worker tells the manager. */
export type WorkerMessage =
  /** The code is loaded: the worker waits for `start`. */
  | { readonly type: "loaded" }
  /** The snapshot is applied: the worker waits to be let in. */
  | { readonly type: "prepared"; readonly revision: number }
  /** Every listener accepts. */
  | { readonly type: "ready"; readonly revision: number }
  | { readonly type: "applied"; readonly revision: number }
  | { readonly type: "report"; readonly id: number; readonly report: WorkerReport }
  /** Traffic took a server out of this worker's balance for `forMs`. */
  | { readonly type: "ejected"; readonly id: string; readonly forMs: number; readonly reason: string }
  /** Retired, and no connection is open. */
  | { readonly type: "idle" }
  /** Everything is finished: the worker is about to exit by itself. `report` is its last, and counts what was cut. */
  | { readonly type: "drained"; readonly report: WorkerReport }
  | {
      readonly type: "log";
      readonly level: LogLevel;
      readonly message: string;
      readonly fields: Readonly<Record<string, unknown>>;
    }
  /** The worker cannot go on and is about to exit: a listener failed, a certificate is unreadable. */
  | { readonly type: "fatal"; readonly message: string };
