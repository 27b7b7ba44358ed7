import { requireRange, withDefaults } from "../../base/options.js";
import type { LimitAlgorithm, LimitSample } from "./limit-algorithm.js";

/** How a {@link GradientLimit} moves. */
export interface GradientOptions {
  /**
   * Limit to begin with; from `min` to `max`.
   * @defaultValue 20
   */
  readonly initial?: number | undefined;
  /**
   * Lowest limit; at least 1.
   * @defaultValue 4
   */
  readonly min?: number | undefined;
  /**
   * Highest limit; at least `min`.
   * @defaultValue 1_000
   */
  readonly max?: number | undefined;
  /**
   * How many times longer than usual calls may take before the limit falls; at least 1.
   * @defaultValue 1.5
   */
  readonly tolerance?: number | undefined;
  /**
   * Calls that may queue at the peer: by so many the limit tries to grow while all is well; at least 0.
   * @defaultValue 4
   */
  readonly queue?: number | undefined;
  /**
   * Share of each step that is taken; more than 0, at most 1.
   * @defaultValue 0.2
   */
  readonly smoothing?: number | undefined;
  /**
   * How many calls make up what is usual; at least 10.
   * @defaultValue 600
   */
  readonly longWindow?: number | undefined;
}

const warmUp = 10;

/**
 * Compares how long calls take with how long they usually do: more room while they are as quick as ever,
 * less as they slow down, before anything fails. A dropped call takes the longest step down.
 *
 * Algorithm: Gradient2 of Netflix's concurrency-limits, which does not look at drops; Envoy's adaptive
 * concurrency is its kin.
 */
export class GradientLimit implements LimitAlgorithm {
  readonly #settings: Required<{ [K in keyof GradientOptions]: number }>;
  #limit: number;
  #usualMs = 0;
  #samples = 0;

  /** @throws MillraceError `invalid-options` when an option is out of its range */
  constructor(options: GradientOptions = {}) {
    this.#settings = withDefaults(
      { initial: 20, min: 4, max: 1000, tolerance: 1.5, queue: 4, smoothing: 0.2, longWindow: 600 },
      options,
    );
    const { initial, min, max, tolerance, queue, smoothing, longWindow } = this.#settings;
    requireRange("gradientLimit.min", min, 1, Number.MAX_SAFE_INTEGER);
    requireRange("gradientLimit.max", max, min, Number.MAX_SAFE_INTEGER);
    requireRange("gradientLimit.initial", initial, min, max);
    requireRange("gradientLimit.tolerance", tolerance, 1, Number.MAX_SAFE_INTEGER);
    requireRange("gradientLimit.queue", queue, 0, Number.MAX_SAFE_INTEGER);
    requireRange("gradientLimit.smoothing", smoothing, Number.EPSILON, 1);
    requireRange("gradientLimit.longWindow", longWindow, warmUp, Number.MAX_SAFE_INTEGER);
    this.#limit = initial;
  }

  get limit(): number {
    return this.#limit;
  }

  /** How long a call usually takes, in milliseconds; 0 before the first. */
  get usualMs(): number {
    return this.#usualMs;
  }

  note({ verdict, rttMs, inFlight }: LimitSample): void {
    if (verdict === "dropped") {
      this.#moveTo(this.#limit / 2);
      return;
    }
    this.#learn(rttMs);
    // Who does not use the limit up learns nothing about it.
    if (inFlight < this.#limit / 2) return;
    const gradient = rttMs > 0 ? (this.#settings.tolerance * this.#usualMs) / rttMs : 1;
    this.#moveTo(this.#limit * Math.max(0.5, Math.min(1, gradient)) + this.#settings.queue);
  }

  #learn(rttMs: number): void {
    this.#samples += 1;
    const weight = this.#samples <= warmUp ? 1 / this.#samples : 2 / (this.#settings.longWindow + 1);
    this.#usualMs += (rttMs - this.#usualMs) * weight;
    // After a slow time, what is usual comes down faster than one call at a time.
    if (this.#usualMs > 2 * rttMs) this.#usualMs *= 0.95;
  }

  #moveTo(wanted: number): void {
    const { min, max, smoothing } = this.#settings;
    const next = this.#limit * (1 - smoothing) + wanted * smoothing;
    this.#limit = Math.max(min, Math.min(max, next));
  }
}
