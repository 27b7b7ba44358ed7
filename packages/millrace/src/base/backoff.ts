import { requirePositive, requireRange, withDefaults } from "./options.js";
import { type Random, systemRandom } from "./random.js";

/** How waits between tries grow. */
export interface BackoffOptions {
  /**
   * Mean wait after the first failure, in milliseconds; more than 0.
   * @defaultValue 100
   */
  readonly initialMs?: number | undefined;
  /**
   * Longest wait, in milliseconds.
   * @defaultValue 30_000
   */
  readonly maxMs?: number | undefined;
  /**
   * Growth from one wait to the next; at least 1.
   * @defaultValue 2
   */
  readonly factor?: number | undefined;
  /**
   * Share of each wait that is left to chance, from 0 (none) to 1 (all): a wait of `d` becomes one
   * between `d * (1 - jitter)` and `d`.
   * @defaultValue 0.5
   */
  readonly jitter?: number | undefined;
  /** @defaultValue {@link systemRandom} */
  readonly random?: Random | undefined;
}

/** Waits that grow with each failure in a row. */
export class Backoff {
  readonly #settings: Required<{ [K in keyof BackoffOptions]: NonNullable<BackoffOptions[K]> }>;
  #failures = 0;

  /** @throws MillraceError `invalid-options` when an option is out of its range */
  constructor(options: BackoffOptions = {}) {
    this.#settings = withDefaults(
      { initialMs: 100, maxMs: 30_000, factor: 2, jitter: 0.5, random: systemRandom },
      options,
    );
    requirePositive("backoff.initialMs", this.#settings.initialMs);
    requirePositive("backoff.maxMs", this.#settings.maxMs);
    requireRange("backoff.factor", this.#settings.factor, 1, Infinity);
    requireRange("backoff.jitter", this.#settings.jitter, 0, 1);
  }

  /** Failures since the last {@link reset}. */
  get failures(): number {
    return this.#failures;
  }

  /** Counts a failure and returns how long to wait before the next try, in milliseconds. */
  next(): number {
    const { initialMs, maxMs, factor, jitter, random } = this.#settings;
    const full = Math.min(maxMs, initialMs * factor ** this.#failures);
    this.#failures += 1;
    return full * (1 - jitter * random());
  }

  /** Forgets the failures so far: the next wait is the first again. */
  reset(): void {
    this.#failures = 0;
  }
}
