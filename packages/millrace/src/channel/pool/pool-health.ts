import { type Watch, WatchSource } from "../../base/watch.js";
import { HealthTally } from "./health-tally.js";
import { type LastError, LastErrorNote } from "./last-error.js";
import type { PoolSettings } from "./options.js";
import { type PoolEventBody, poolEvents } from "./pool-events.js";
import type { ChannelStatus } from "./snapshot.js";
import { type PoolHealthReading, UnhealthyLog } from "./unhealthy-log.js";

/** What the health of a pool is told with. */
export interface PoolHealthParts {
  /** Names the pool in events and messages. */
  readonly label: string;
  readonly settings: PoolSettings;
  /** Members that the pool means to have now. */
  readonly wanted: () => number;
  /** Called when enough members are healthy again that others need not be called. */
  readonly recovered: () => void;
}

/** What a pool says of its health: how many members are healthy, what that makes the whole, and what went wrong last. */
export class PoolHealth {
  readonly #parts: PoolHealthParts;
  readonly #tally: HealthTally;
  readonly #lastError: LastErrorNote;
  readonly #log: UnhealthyLog;
  readonly #status: WatchSource<ChannelStatus>;
  #closed = false;

  constructor(parts: PoolHealthParts) {
    const { settings } = parts;
    this.#parts = parts;
    this.#lastError = new LastErrorNote(settings.clock);
    this.#lastError.note("name not resolved yet");
    this.#tally = new HealthTally(settings, {
      healthChanged: (healthy) => this.#healthChanged(healthy),
      criticalChanged: (critical) => this.#criticalChanged(critical),
    });
    this.#status = new WatchSource(this.#statusNow());
    this.#log = new UnhealthyLog(settings, () => this.reading());
    if (!this.#tally.enough) this.#log.start();
  }

  /** What the pool can give. */
  get status(): Watch<ChannelStatus> {
    return this.#status;
  }

  /** Healthy members. */
  get healthy(): number {
    return this.#tally.healthy;
  }

  /** Whether so few are healthy that unhealthy members are called too. */
  get critical(): boolean {
    return this.#tally.critical;
  }

  /** The latest error, while not enough members are healthy. */
  get lastError(): LastError | undefined {
    return this.#lastError.last;
  }

  /** Something went wrong, or has yet to go right. */
  note(error: unknown): void {
    this.#lastError.note(error);
  }

  /** One more member is healthy. */
  rise(): void {
    this.#tally.rise();
  }

  /** One fewer is. */
  fall(): void {
    this.#tally.fall();
  }

  /** All that in a few figures. */
  reading(): PoolHealthReading {
    const { label, wanted } = this.#parts;
    return { label, healthy: this.healthy, wanted: wanted(), lastError: this.lastError };
  }

  /** Says that the pool is closed, and nothing after that. */
  close(): void {
    this.#closed = true;
    this.#log[Symbol.dispose]();
    this.#status.set("closed");
  }

  #healthChanged(healthy: boolean): void {
    if (this.#closed) return;
    if (healthy) {
      this.#log.stop();
      this.#lastError.clear();
    } else this.#log.start();
    this.#status.set(this.#statusNow());
  }

  #criticalChanged(critical: boolean): void {
    if (this.#closed) return;
    this.#tell({ kind: "critical", critical });
    this.#status.set(this.#statusNow());
    if (!critical) this.#parts.recovered();
  }

  #statusNow(): ChannelStatus {
    if (this.#tally.critical) return "degraded";
    return this.#tally.enough ? "healthy" : "unhealthy";
  }

  #tell(event: PoolEventBody): void {
    if (poolEvents.active) poolEvents.publish({ label: this.#parts.label, ...event });
  }
}
