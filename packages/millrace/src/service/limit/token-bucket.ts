import type { RateLimiter } from "./rate-limiter.js";

/**
 * A bucket that fills evenly, `calls` tokens every `perMs` milliseconds, holds at most `burst` and loses
 * one to each call (the generic cell rate algorithm of ATM). So in any span of `perMs`, wherever it begins, at most `calls + burst` start.
 */
export class TokenBucket implements RateLimiter {
  readonly #perTokenMs: number;
  readonly #burst: number;
  /** When the bucket will be, or was, full. One number says it all, and nothing accumulates rounding. */
  #fullAt = -Infinity;

  /** All are taken as checked: `burst` a whole number of at least 1, the others more than 0. */
  constructor(calls: number, perMs: number, burst: number) {
    this.#perTokenMs = perMs / calls;
    this.#burst = burst;
  }

  delayMs(now: number): number {
    const wait = this.#fullAt - now - (this.#burst - 1) * this.#perTokenMs;
    // A timer of less than rounding could fail to move the time.
    return wait > 1e-6 ? wait : 0;
  }

  take(now: number): void {
    this.#fullAt = Math.max(this.#fullAt, now) + this.#perTokenMs;
  }
}
