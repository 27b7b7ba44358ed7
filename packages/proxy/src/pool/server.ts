import type { ServerSpec } from "../config/server-spec.js";
import type { ServerRecord } from "../ipc/messages.js";

/** What a server of the pool is there for at present. */
export type Duty =
  /** Takes requests. Next: draining, removing. */
  | { readonly state: "serving" }
  /** Finishes what it has, gets nothing new, and stays. Next: serving, removing. */
  | { readonly state: "draining" }
  /** Finishes what it has and leaves the pool then, or once the clock reads `deadlineAt`. Next: serving, gone. */
  | { readonly state: "removing"; readonly deadlineAt: number };

/** A server of the pool. */
export interface PooledServer extends ServerSpec {
  /** Who put it there: a server of the configuration comes and goes with it. */
  readonly source: "config" | "api";
  readonly duty: Duty;
  /** What the health checks say; assumed until the first of them. */
  readonly healthy: boolean;
}

/** Makes a server that takes requests at once. */
export function createServer(spec: ServerSpec, source: PooledServer["source"]): PooledServer {
  return { ...spec, source, duty: { state: "serving" }, healthy: true };
}

/** Tells as much of a server as workers need. */
export function toRecord({ id, url, weight, healthy, duty }: PooledServer): ServerRecord {
  return { id, url, weight, healthy, draining: duty.state !== "serving" };
}
