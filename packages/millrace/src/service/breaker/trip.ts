import type { Clock } from "../../base/clock.js";
import { invalidOption, requirePositive, requireRange, requireWhole } from "../../base/options.js";

/** When failures are too many. */
export type TripRule =
  /** So many failures in a row. */
  | {
      readonly kind: "consecutive";
      /** A whole number of at least 1. */
      readonly failures: number;
    }
  /** A share of the last calls, however long ago they were. */
  | {
      readonly kind: "last-calls";
      /** Calls that are looked at; a whole number from 1 to 100_000. */
      readonly calls: number;
      /** Share of them that must have failed; more than 0, at most 1. */
      readonly ratio: number;
      /** Calls there must have been; from 1 to `calls`. @defaultValue `calls` */
      readonly minimumCalls?: number | undefined;
    }
  /** A share of the calls of late. */
  | {
      readonly kind: "time-window";
      /** How long a call counts, in milliseconds; more than 0. Counted in tenths. */
      readonly windowMs: number;
      /** Share of them that must have failed; more than 0, at most 1. */
      readonly ratio: number;
      /** Calls there must have been; a whole number of at least 1. @defaultValue 20 */
      readonly minimumCalls?: number | undefined;
    };

/** Counts how calls ended, from the time a circuit closes. */
export interface TripCounter {
  /** Notes the end of one call; true when failures are now too many. */
  note(failed: boolean): boolean;
}

/**
 * Makes a counter after `rule`.
 *
 * @throws MillraceError `invalid-options` when the rule is out of its range
 */
export function createTripCounter(rule: TripRule, clock: Clock): TripCounter {
  switch (rule.kind) {
    case "consecutive":
      requireWhole("circuitBreaker.trip.failures", rule.failures, 1, Number.MAX_SAFE_INTEGER);
      return new ConsecutiveFailures(rule.failures);
    case "last-calls": {
      const { calls, ratio, minimumCalls = calls } = rule;
      requireWhole("circuitBreaker.trip.calls", calls, 1, 100_000);
      requireRatio(ratio);
      requireWhole("circuitBreaker.trip.minimumCalls", minimumCalls, 1, calls);
      return new LastCalls(calls, ratio, minimumCalls);
    }
    case "time-window": {
      const { windowMs, ratio, minimumCalls = 20 } = rule;
      requirePositive("circuitBreaker.trip.windowMs", windowMs);
      requireRatio(ratio);
      requireWhole("circuitBreaker.trip.minimumCalls", minimumCalls, 1, Number.MAX_SAFE_INTEGER);
      return new TimeWindow(clock, windowMs, ratio, minimumCalls);
    }
    default: {
      const { kind } = rule as { kind: unknown };
      throw invalidOption("circuitBreaker.trip.kind", '"consecutive", "last-calls" or "time-window"', kind);
    }
  }
}

function requireRatio(ratio: number): void {
  requirePositive("circuitBreaker.trip.ratio", ratio);
  requireRange("circuitBreaker.trip.ratio", ratio, 0, 1);
}

class ConsecutiveFailures implements TripCounter {
  readonly #limit: number;
  #failures = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  note(failed: boolean): boolean {
    this.#failures = failed ? this.#failures + 1 : 0;
    return this.#failures >= this.#limit;
  }
}

class LastCalls implements TripCounter {
  readonly #failed: Uint8Array;
  readonly #ratio: number;
  readonly #minimum: number;
  #calls = 0;
  #failures = 0;

  constructor(calls: number, ratio: number, minimum: number) {
    this.#failed = new Uint8Array(calls);
    this.#ratio = ratio;
    this.#minimum = minimum;
  }

  note(failed: boolean): boolean {
    const place = this.#calls % this.#failed.length;
    this.#failures += Number(failed) - this.#failed[place]!;
    this.#failed[place] = Number(failed);
    this.#calls += 1;
    const seen = Math.min(this.#calls, this.#failed.length);
    return failed && seen >= this.#minimum && this.#failures >= this.#ratio * seen;
  }
}

const slotCount = 10;

class TimeWindow implements TripCounter {
  readonly #clock: Clock;
  readonly #slotMs: number;
  readonly #ratio: number;
  readonly #minimum: number;
  readonly #calls = new Float64Array(slotCount);
  readonly #failures = new Float64Array(slotCount);
  #slot: number;
  /** Clock time in milliseconds at which the next slot begins. */
  #slotEndsAt: number;
  #allCalls = 0;
  #allFailures = 0;

  constructor(clock: Clock, windowMs: number, ratio: number, minimum: number) {
    this.#clock = clock;
    this.#slotMs = windowMs / slotCount;
    this.#ratio = ratio;
    this.#minimum = minimum;
    this.#slot = Math.floor(clock.now() / this.#slotMs);
    this.#slotEndsAt = (this.#slot + 1) * this.#slotMs;
  }

  note(failed: boolean): boolean {
    const now = this.#clock.now();
    if (now >= this.#slotEndsAt) this.#turnTo(Math.floor(now / this.#slotMs));
    const place = this.#slot % slotCount;
    this.#calls[place]! += 1;
    this.#allCalls += 1;
    if (!failed) return false;
    this.#failures[place]! += 1;
    this.#allFailures += 1;
    return this.#allCalls >= this.#minimum && this.#allFailures >= this.#ratio * this.#allCalls;
  }

  /** Goes over to `slot`, and forgets what has grown too old. */
  #turnTo(slot: number): void {
    const stale = Math.min(slot - this.#slot, slotCount);
    for (let step = 1; step <= stale; step += 1) {
      const place = (slot - stale + step) % slotCount;
      this.#allCalls -= this.#calls[place]!;
      this.#allFailures -= this.#failures[place]!;
      this.#calls[place] = 0;
      this.#failures[place] = 0;
    }
    this.#slot = slot;
    this.#slotEndsAt = (slot + 1) * this.#slotMs;
  }
}
