import type { Clock } from "millrace/base";
import type { StateMoment } from "millrace/handoff";
import type { DaemonConfig } from "../config/daemon-config.js";
import type { HealthMonitor } from "../health/monitor.js";
import type { Log } from "../logging.js";
import type { PoolEditor } from "../pool/editor.js";
import type { Pool } from "../pool/pool.js";
import type { StatsCollector } from "../stats/collector.js";
import type { WorkerFleet } from "../workers/fleet.js";
import { createState, type ProxyState, readPool, requireState, writeServer } from "./state.js";

/** What one generation leaves to the next, in the parts that have it. */
export interface StateTransferParts {
  readonly pool: Pool;
  readonly editor: PoolEditor;
  readonly health: HealthMonitor;
  readonly stats: StatsCollector;
  readonly fleet: Pick<WorkerFleet, "status" | "drain">;
}

/** Tells the next generation what this one knows, and takes in what the one before has told. */
export class StateTransfer {
  readonly #config: DaemonConfig;
  readonly #clock: Clock;
  readonly #log: Log;
  #parts: StateTransferParts | undefined;
  #released = false;

  /** `config` is this process's own: what is inherited follows it. */
  constructor(config: DaemonConfig, { clock, log }: { readonly clock: Clock; readonly log: Log }) {
    this.#config = config;
    this.#clock = clock;
    this.#log = log;
  }

  /** Begins with what the predecessor told when this process started. */
  lead(parts: StateTransferParts, inherited: ProxyState | undefined): void {
    this.#parts = parts;
    if (!inherited) return;
    parts.stats.inherit(inherited.stats);
    if (inherited.estate) parts.health.inherit(inherited.estate.health);
  }

  /** What the next generation is to know. */
  tell(moment: StateMoment): ProxyState | undefined {
    if (!this.#parts) return undefined;
    const { pool, editor, health, stats, fleet } = this.#parts;
    const { revision, generation } = pool;
    const servers = [...pool.servers.values()].map((server) => writeServer(server, this.#clock));
    const { overrides } = editor.config;
    const estate = { pool: { revision, generation, servers, overrides }, health: health.record() };
    const restarts = fleet.status.map((worker) => worker.restarts);
    return createState({ stats: stats.record(), restarts, estate: moment === "end" ? undefined : estate });
  }

  /** Takes in what the predecessor tells later: right before this process serves, and when the other has finished. */
  hear(told: unknown): void {
    const state = requireState(told);
    if (!state || !this.#parts) return;
    const { editor, health, stats } = this.#parts;
    if (!state.estate) {
      stats.inherit({ ...state.stats, samples: undefined });
      return;
    }
    stats.inherit(state.stats);
    health.inherit(state.estate.health);
    const kept = editor.adopt(readPool(state.estate, this.#config, this.#clock), state.estate.pool);
    kept.catch((err: unknown) => this.#log.error({ err }, "the pool could not be kept"));
  }

  /** Leaves the pool to the next generation, which serves: edits are refused, and counters stand still. */
  release(): void {
    if (this.#released) return;
    this.#released = true;
    this.#parts?.editor.pause();
    this.#parts?.stats.freeze(true);
  }

  /** Has the pool, from the start or again. */
  take(): void {
    this.#parts?.health.start();
    if (!this.#released) return;
    this.#released = false;
    this.#parts?.stats.freeze(false);
    this.#parts?.editor
      .resume()
      .catch((err: unknown) => this.#log.error({ err }, "edits that the new proxy has kept are lost"));
  }

  /** Ends the workers, and counts all that they have counted, what is cut included. */
  async finish(): Promise<void> {
    await this.#parts?.fleet.drain(0);
    await this.#parts?.stats.collect();
  }
}
