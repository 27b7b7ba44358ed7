import { requireRange, withDefaults } from "../../base/options.js";
import type { LimitAlgorithm, LimitSample } from "./limit-algorithm.js";

/** How an {@link AimdLimit} moves. */
export interface AimdOptions {
  /**
   * Limit to begin with; from `min` to `max`.
   * @defaultValue 20
   */
  readonly initial?: number | undefined;
  /**
   * Lowest limit; at least 1.
   * @defaultValue 1
   */
  readonly min?: number | undefined;
  /**
   * Highest limit; at least `min`.
   * @defaultValue 1_000_000
   */
  readonly max?: number | undefined;
  /**
   * What is left of the limit after a dropped call, and the share of it that must have been in flight
   * for a good call to raise it; more than 0, less than 1.
   * @defaultValue 0.9
   */
  readonly ratio?: number | undefined;
}

/**
 * Additive increase, multiplicative decrease: about one more for each round of good calls that used the
 * limit up, a tenth less for each dropped one. Times play no part.
 *
 * Algorithm: "cautious increase, aggressive decrease" of Palantir's Dialogue and conjure-rust-runtime,
 * with their numbers.
 */
export class AimdLimit implements LimitAlgorithm {
  readonly #settings: Required<{ [K in keyof AimdOptions]: number }>;
  #limit: number;

  /** @throws MillraceError `invalid-options` when an option is out of its range */
  constructor(options: AimdOptions = {}) {
    this.#settings = withDefaults({ initial: 20, min: 1, max: 1_000_000, ratio: 0.9 }, options);
    const { initial, min, max, ratio } = this.#settings;
    requireRange("aimdLimit.min", min, 1, Number.MAX_SAFE_INTEGER);
    requireRange("aimdLimit.max", max, min, Number.MAX_SAFE_INTEGER);
    requireRange("aimdLimit.initial", initial, min, max);
    requireRange("aimdLimit.ratio", ratio, Number.EPSILON, 1 - Number.EPSILON);
    this.#limit = initial;
  }

  get limit(): number {
    return this.#limit;
  }

  note({ verdict, inFlight }: LimitSample): void {
    const { min, max, ratio } = this.#settings;
    if (verdict === "dropped") this.#limit = Math.max(min, Math.floor(this.#limit * ratio));
    else if (inFlight >= Math.floor(this.#limit * ratio)) {
      this.#limit = Math.min(max, this.#limit + 1 / this.#limit);
    }
  }
}
