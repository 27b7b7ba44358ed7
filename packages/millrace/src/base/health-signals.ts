import { type Clock, systemClock } from "./clock.js";
import { createTopic, type EventTopic } from "./events.js";
import { requirePositive } from "./options.js";
import { type Watch, WatchSource } from "./watch.js";

/** Something of a process that is healthy or not, in the hands of whoever knows. */
export interface HealthSignal extends Disposable {
  /** As in {@link HealthSignals.unhealthy}: the name asked for, with a number if that was taken. */
  readonly name: string;
  /** Says how it is now. */
  set(healthy: boolean): void;
  /** Takes the signal out: it counts no longer. */
  [Symbol.dispose](): void;
}

/** What is healthy or not, by name: a whole that is healthy when all of it is. */
export interface HealthSignals {
  /** Whether every signal is healthy. So it is without any. */
  readonly healthy: Watch<boolean>;
  /** The names of signals that are not healthy, in the order they came. */
  readonly unhealthy: readonly string[];
  /** The names of all signals, in the order they came. */
  readonly names: readonly string[];
  /** Adds a signal, which is unhealthy until it says otherwise. */
  add(name: string): HealthSignal;
}

/** Something to be logged about a set of signals. */
export type HealthSignalEvent =
  /** At the start, again and again while not all are healthy for the first time: a warning. */
  | { readonly kind: "waiting"; readonly unhealthy: readonly string[]; readonly elapsedMs: number }
  /** Later: a signal changed. */
  | { readonly kind: "changed"; readonly name: string; readonly healthy: boolean };

/** Where sets of signals tell what is to be logged, on the topic `millrace.health`. */
export const healthSignalEvents: EventTopic<HealthSignalEvent> =
  createTopic<HealthSignalEvent>("millrace.health");

/** How a set of signals reminds of those that are not healthy. */
export interface HealthSignalsOptions {
  /**
   * How often, while all have yet to be healthy for the first time, in milliseconds; `Infinity` for never.
   * @defaultValue 30_000
   */
  readonly remindMs?: number | undefined;
  /** @defaultValue {@link systemClock} */
  readonly clock?: Clock | undefined;
}

/**
 * Makes a set of signals. A timer runs while signals have yet to be healthy; nothing is to be closed but
 * the signals.
 *
 * @throws MillraceError `invalid-options` when `remindMs` is not positive
 */
export function createHealthSignals(options: HealthSignalsOptions = {}): HealthSignals {
  const { remindMs = 30_000, clock = systemClock } = options;
  requirePositive("signals.remindMs", remindMs);
  return new SignalSet(remindMs, clock);
}

/** Adds `healthy` to a set, which follows it until disposed of: `joinHealth(processHealth, "orders", watch)`. */
export function joinHealth(signals: HealthSignals, name: string, healthy: Watch<boolean>): Disposable {
  const signal = signals.add(name);
  signal.set(healthy.value);
  const following = healthy.subscribe((value) => signal.set(value));
  return {
    [Symbol.dispose]() {
      following[Symbol.dispose]();
      signal[Symbol.dispose]();
    },
  };
}

class SignalSet implements HealthSignals {
  readonly #remindMs: number;
  readonly #clock: Clock;
  readonly #states = new Map<string, boolean>();
  readonly #healthy = new WatchSource(true);
  #startedUp = false;
  #since = 0;
  #timer: Disposable | undefined;

  constructor(remindMs: number, clock: Clock) {
    this.#remindMs = remindMs;
    this.#clock = clock;
  }

  get healthy(): Watch<boolean> {
    return this.#healthy;
  }

  get unhealthy(): readonly string[] {
    return this.names.filter((name) => !this.#states.get(name));
  }

  get names(): readonly string[] {
    return [...this.#states.keys()];
  }

  add(name: string): HealthSignal {
    const own = this.#free(name);
    if (this.#states.size === 0) this.#since = this.#clock.now();
    this.#states.set(own, false);
    this.#look();
    return {
      name: own,
      set: (healthy) => this.#set(own, healthy),
      [Symbol.dispose]: () => {
        if (this.#states.delete(own)) this.#look();
      },
    };
  }

  #free(name: string): string {
    let free = name;
    for (let count = 2; this.#states.has(free); count += 1) free = `${name} (${count})`;
    return free;
  }

  #set(name: string, healthy: boolean): void {
    if (!this.#states.has(name) || this.#states.get(name) === healthy) return;
    this.#states.set(name, healthy);
    if (this.#startedUp) healthSignalEvents.publish({ kind: "changed", name, healthy });
    this.#look();
  }

  #look(): void {
    const healthy = [...this.#states.values()].every((state) => state);
    if (healthy && this.#states.size > 0) this.#startedUp = true;
    if (healthy || this.#startedUp) this.#stop();
    else this.#timer ??= this.#arm();
    this.#healthy.set(healthy);
  }

  #arm(): Disposable | undefined {
    if (this.#remindMs === Infinity) return undefined;
    return this.#clock.schedule(this.#remindMs, this.#remind, "upkeep");
  }

  #stop(): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
  }

  readonly #remind = () => {
    const elapsedMs = this.#clock.now() - this.#since;
    this.#timer = this.#arm();
    healthSignalEvents.publish({ kind: "waiting", unhealthy: this.unhealthy, elapsedMs });
  };
}

/** The signals of this process: channels join them, and a readiness endpoint shows them. */
export const processHealth: HealthSignals = createHealthSignals();
