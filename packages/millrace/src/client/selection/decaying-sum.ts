const steps = 10;

/**
 * A sum that forgets: half of it is gone after each half-life, in ten steps (the failure reservoir of
 * Dialogue and conjure-rust-runtime).
 */
export class DecayingSum {
  readonly #stepMs: number;
  #sum = 0;
  #steppedAt: number;

  constructor(halfLifeMs: number, now: number) {
    this.#stepMs = halfLifeMs / steps;
    this.#steppedAt = now;
  }

  /** Adds `amount` at `now`, in milliseconds. */
  add(amount: number, now: number): void {
    this.#decay(now);
    this.#sum += amount;
  }

  /** What is left of all that was added. */
  at(now: number): number {
    this.#decay(now);
    return this.#sum;
  }

  #decay(now: number): void {
    const passed = Math.floor((now - this.#steppedAt) / this.#stepMs);
    if (passed <= 0) return;
    this.#steppedAt += passed * this.#stepMs;
    this.#sum *= 0.5 ** (passed / steps);
  }
}
