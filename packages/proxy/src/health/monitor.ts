import type { Clock, Random } from "millrace/base";
import { assumedHealthy, type HealthCheckResult, HealthChecks, type HealthStreak } from "millrace/channel";
import { resolveHealthCheck } from "../config/health-check.js";
import type { Change } from "../ipc/messages.js";
import type { Log } from "../logging.js";
import type { Pool } from "../pool/pool.js";
import type { WorkerFleet } from "../workers/fleet.js";
import type { HealthProbe } from "./probe.js";

/** What is known of a server's health. */
export interface ServerHealth extends HealthStreak {
  /** The latest check; `undefined` before the first. */
  readonly last: HealthCheckResult | undefined;
}

/** What a monitor works with. */
export interface HealthMonitorParts {
  readonly pool: Pool;
  readonly probe: HealthProbe;
  readonly clock: Clock;
  readonly random: Random;
  /** Tells of servers that traffic took out: the next check that passes absolves them. */
  readonly fleet: Pick<WorkerFleet, "onEjected">;
  readonly log: Pick<Log, "info" | "warn">;
}

/** Checks every server of the pool for as long as it is there, and marks in the pool what it finds. */
export class HealthMonitor implements AsyncDisposable {
  readonly #parts: HealthMonitorParts;
  readonly #checks = new Map<string, HealthChecks>();
  readonly #ejected = new Set<string>();
  /** What another process has found, of servers that it had. */
  readonly #known = new Map<string, ServerHealth>();
  #subscriptions: readonly Disposable[] = [];

  constructor(parts: HealthMonitorParts) {
    this.#parts = parts;
  }

  /** Begins to check: every server of the pool at once. Idempotent. */
  start(): void {
    if (this.#subscriptions.length > 0) return;
    const { pool, fleet } = this.#parts;
    for (const id of pool.servers.keys()) this.#watch(id);
    const followed = pool.subscribe(({ changes }) => {
      for (const change of changes) this.#follow(change);
    });
    this.#subscriptions = [followed, fleet.onEjected((id) => this.#ejected.add(id))];
  }

  /** Goes on from what another process has found, once it starts: of each server, by id. */
  inherit(known: Readonly<Record<string, ServerHealth>>): void {
    for (const [id, health] of Object.entries(known)) this.#known.set(id, health);
  }

  /** What another process needs to go on from here. */
  record(): Readonly<Record<string, ServerHealth>> {
    const ids = [...this.#parts.pool.servers.keys()];
    return Object.fromEntries(
      ids.flatMap((id) => {
        const health = this.health(id);
        return health ? [[id, health]] : [];
      }),
    );
  }

  /** What is known of a server; `undefined` for one that is not in the pool, or not checked yet. */
  health(id: string): ServerHealth | undefined {
    const checks = this.#checks.get(id);
    const known = this.#known.get(id);
    if (!checks) return known;
    return { ...(checks.streak ?? assumedHealthy), last: checks.last ?? known?.last };
  }

  /** Ends every check. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const subscription of this.#subscriptions) subscription[Symbol.dispose]();
    await Promise.all([...this.#checks.values()].map((checks) => checks[Symbol.asyncDispose]()));
  }

  #follow(change: Change): void {
    if (change.type === "put") this.#watch(change.server.id);
    else if (change.type === "remove") this.#forget(change.id);
    else if (change.type === "settings") for (const checks of this.#checks.values()) checks.replan();
  }

  #watch(id: string): void {
    const known = this.#checks.get(id);
    const server = this.#parts.pool.servers.get(id);
    if (known || !server) {
      known?.replan();
      return;
    }
    this.#checks.set(id, this.#checksOf(id, server.url));
  }

  #checksOf(id: string, url: string): HealthChecks {
    const { pool, probe, clock, random } = this.#parts;
    const plan = () => resolveHealthCheck(pool.settings.health, pool.servers.get(id)?.healthCheck);
    const ask = (signal: AbortSignal) => {
      const { path, expectedStatuses } = plan();
      return probe({ url, path, expectedStatuses }, signal);
    };
    const onResult = (streak: HealthStreak, last: HealthCheckResult) => this.#judge(id, { ...streak, last });
    const { healthy, against } = this.#known.get(id) ?? assumedHealthy;
    return new HealthChecks({ plan, ask, initial: { healthy, against }, onResult, clock, random });
  }

  #forget(id: string): void {
    void this.#checks.get(id)?.[Symbol.asyncDispose]();
    this.#checks.delete(id);
    this.#known.delete(id);
    this.#ejected.delete(id);
  }

  #judge(id: string, health: ServerHealth): void {
    const { pool } = this.#parts;
    if (pool.servers.get(id)?.healthy !== health.healthy) this.#tellTurn(id, health);
    pool.mark(id, health.healthy);
    if (health.last?.passed && this.#ejected.delete(id)) pool.absolve(id);
  }

  #tellTurn(id: string, { healthy, last }: ServerHealth): void {
    const { log } = this.#parts;
    if (healthy) log.info({ server: id, reason: last?.reason }, "server is back");
    else log.warn({ server: id, reason: last?.reason }, "server is down");
  }
}
