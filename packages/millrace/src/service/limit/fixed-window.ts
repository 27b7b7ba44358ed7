import type { RateLimiter } from "./rate-limiter.js";

/**
 * Lets so many calls start in each window, and starts a window at the first call after the last one
 * ended. Around the edge of two windows it may let twice as many start. After tower's `RateLimit`.
 */
export class FixedWindow implements RateLimiter {
  readonly #calls: number;
  readonly #perMs: number;
  #left = 0;
  #end = -Infinity;

  /** Both are taken as checked: `calls` a whole number of at least 1, `perMs` more than 0. */
  constructor(calls: number, perMs: number) {
    this.#calls = calls;
    this.#perMs = perMs;
  }

  delayMs(now: number): number {
    return this.#left > 0 || now >= this.#end ? 0 : this.#end - now;
  }

  take(now: number): void {
    if (now >= this.#end) {
      this.#left = this.#calls;
      this.#end = now + this.#perMs;
    }
    this.#left -= 1;
  }
}
