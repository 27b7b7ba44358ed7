import type { Clock } from "../../base/clock.js";
import type { LastError } from "./last-error.js";
import { poolEvents } from "./pool-events.js";

/** When a pool that is not healthy says so. */
export interface UnhealthyLogSettings {
  /** After how long for the first time, in milliseconds; `Infinity` for never. */
  readonly logUnhealthyAfterMs: number;
  /** Again after how long each time, in milliseconds; `Infinity` for never. */
  readonly logUnhealthyEveryMs: number;
  readonly clock: Clock;
}

/** What a log line tells beside its time. */
export interface PoolHealthReading {
  readonly label: string;
  readonly healthy: number;
  readonly wanted: number;
  readonly lastError: LastError | undefined;
}

/** Tells on `poolEvents` that a pool is unhealthy, while it is, and that it is healthy after that. */
export class UnhealthyLog implements Disposable {
  readonly #settings: UnhealthyLogSettings;
  readonly #read: () => PoolHealthReading;
  #since: number;
  #told = false;
  #timer: Disposable | undefined;

  constructor(settings: UnhealthyLogSettings, read: () => PoolHealthReading) {
    this.#settings = settings;
    this.#read = read;
    this.#since = settings.clock.now();
  }

  /** The pool is unhealthy from now on. */
  start(): void {
    this[Symbol.dispose]();
    this.#since = this.#settings.clock.now();
    this.#told = false;
    this.#arm(this.#settings.logUnhealthyAfterMs);
  }

  /** The pool is healthy. */
  stop(): void {
    this[Symbol.dispose]();
    if (!this.#told) return;
    this.#told = false;
    const { label, healthy, wanted } = this.#read();
    const message = `${label}: healthy now (${healthy}/${wanted} healthy)`;
    poolEvents.publish({ kind: "pool-healthy", label, healthy, wanted, message });
  }

  /** Says nothing more. */
  [Symbol.dispose](): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
  }

  #arm(delayMs: number): void {
    if (delayMs !== Infinity) this.#timer = this.#settings.clock.schedule(delayMs, this.#tell, "upkeep");
  }

  readonly #tell = () => {
    const still = this.#told;
    this.#told = true;
    this.#arm(this.#settings.logUnhealthyEveryMs);
    const reading = this.#read();
    const elapsedMs = this.#settings.clock.now() - this.#since;
    const message = unhealthyMessage(reading, still, elapsedMs);
    poolEvents.publish({ kind: "pool-unhealthy", still, elapsedMs, ...reading, message });
  };
}

function unhealthyMessage(
  { label, healthy, wanted, lastError }: PoolHealthReading,
  still: boolean,
  elapsedMs: number,
): string {
  const seconds = Math.round(elapsedMs / 1000);
  const state = `${label}: ${still ? "still " : ""}unhealthy for ${seconds} s (${healthy}/${wanted} healthy)`;
  if (!lastError) return state;
  const times = lastError.count > 1 ? ` (${lastError.count} times)` : "";
  return `${state}, last error: ${lastError.message}${times}`;
}
