import { type Clock, systemClock } from "./clock.js";

/** Something with a time limit that is moved often and reached seldom. */
export interface Expirable {
  /** Clock time in milliseconds at which the limit passes; `Infinity` for none. */
  expiresAt: number;
  /** Called once a sweep finds `expiresAt` passed. Must move `expiresAt` or leave the sweeper. */
  expired(now: number): void;
}

/** Sweeps that follow one another closer than this, in milliseconds, would cost more than they gain. */
const shortestPeriodMs = 5;

/**
 * Watches many time limits with one timer.
 *
 * Moving a limit is a plain write to `expiresAt`, so that a request can carry several limits without
 * arming a timer for any of them. All limits are looked at every `periodMs`; one that was seen coming is
 * met to within a few milliseconds, one set to less than `periodMs` may be noticed that much late.
 * Limits are set by {@link now}, which is ahead of the clock, so that none passes before its time.
 * The timer runs only while something is watched, and never keeps the process alive.
 */
export class Sweeper implements Disposable {
  readonly #watched = new Set<Expirable>();
  readonly #clock: Clock;
  readonly #periodMs: number;
  #now: number;
  #timer: Disposable | undefined;

  constructor(options: { readonly clock?: Clock; readonly periodMs?: number } = {}) {
    this.#clock = options.clock ?? systemClock;
    this.#periodMs = options.periodMs ?? 100;
    this.#now = this.#clock.now();
  }

  /** How many limits are watched. */
  get size(): number {
    return this.#watched.size;
  }

  /**
   * The time at which the next sweep is due at the latest: what a limit is to be counted from. It is up to `periodMs` ahead
   * of the clock, and free to read while something is watched.
   */
  get now(): number {
    if (!this.#timer) this.#now = this.#clock.now();
    return this.#now + this.#periodMs;
  }

  /** Watches `item` until {@link delete}. */
  add(item: Expirable): void {
    this.#watched.add(item);
    if (this.#timer) return;
    this.#now = this.#clock.now();
    this.#timer = this.#clock.schedule(this.#periodMs, this.#sweep, "upkeep");
  }

  /** Stops watching `item`. */
  delete(item: Expirable): void {
    this.#watched.delete(item);
  }

  /** Stops the timer and forgets everything. */
  [Symbol.dispose](): void {
    this.#watched.clear();
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
  }

  readonly #sweep = () => {
    const now = this.#clock.now();
    this.#now = now;
    let next = now + this.#periodMs;
    for (const item of this.#watched) {
      if (item.expiresAt <= now) item.expired(now);
      if (item.expiresAt < next) next = item.expiresAt;
    }
    const delayMs = Math.max(next - now, shortestPeriodMs);
    this.#timer = this.#watched.size > 0 ? this.#clock.schedule(delayMs, this.#sweep, "upkeep") : undefined;
  };
}
