import type { Clock } from "millrace/base";
import type { Pool } from "../pool/pool.js";
import type { WorkerFleet } from "../workers/fleet.js";
import type { StateTransfer } from "./state-transfer.js";

/** What a legacy is made of. */
export interface LegacyParts {
  readonly fleet: Pick<WorkerFleet, "keep">;
  readonly pool: Pick<Pool, "subscribe">;
  readonly transfer: Pick<StateTransfer, "tell">;
  readonly clock: Clock;
}

/** Counters change all the time, and are much to tell. */
const everyMs = 5_000;
/** Many edits at a time are told once. */
const afterEditMs = 50;

/**
 * Has the workers keep what this process knows: should it be killed, the one of them that holds its place tells that to
 * the next start.
 *
 * An edit is kept 50 ms after it was made, counters are kept every five seconds. What workers count later, and without a
 * manager, is lost.
 */
export class Legacy implements Disposable {
  readonly #parts: LegacyParts;
  readonly #subscription: Disposable;
  #timer: Disposable | undefined;
  #edited = false;

  /** Starts at once. */
  constructor(parts: LegacyParts) {
    this.#parts = parts;
    this.#subscription = parts.pool.subscribe(() => this.#onEdit());
    this.#tell();
  }

  /** Tells nothing more. What was told stays with the workers. */
  [Symbol.dispose](): void {
    this.#subscription[Symbol.dispose]();
    this.#timer?.[Symbol.dispose]();
  }

  #onEdit(): void {
    if (this.#edited) return;
    this.#edited = true;
    this.#arm(afterEditMs);
  }

  #tell(): void {
    this.#edited = false;
    const { fleet, transfer } = this.#parts;
    // As text: workers have no use for it, and text is quick to read.
    fleet.keep(JSON.stringify(transfer.tell("prepare")));
    this.#arm(everyMs);
  }

  #arm(delayMs: number): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = this.#parts.clock.schedule(delayMs, () => this.#tell(), "upkeep");
  }
}
