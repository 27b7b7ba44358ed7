import { invalidOption, requirePositive, requireRange, withDefaults } from "./options.js";
import { type Random, systemRandom } from "./random.js";

/**
 * How chance spreads waits, so that those who failed together do not come back together. As Marc
 * Brooker named them in "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
 *
 * - `full`: anywhere from 0 to the wait
 * - `equal`: anywhere from half the wait to the wait
 * - `decorrelated`: anywhere from the first wait to three times the one before; `factor` has no part in it
 * - a number from 0 to 1: the share of each wait that is left to chance, 1 being `full` and 0.5 `equal`
 */
export type Jitter = "full" | "equal" | "decorrelated" | number;

/** How waits between tries grow. */
export interface BackoffOptions {
  /**
   * Longest wait after the first failure, in milliseconds; more than 0.
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
   * What of each wait is left to chance: a {@link Jitter} by name, or a share from 0 (none) to 1 (all),
   * with which a wait of `d` becomes one between `d * (1 - jitter)` and `d`.
   * @defaultValue 0.5
   */
  readonly jitter?: Jitter | undefined;
  /** @defaultValue {@link systemRandom} */
  readonly random?: Random | undefined;
}

/** Waits that grow with each failure in a row. */
export class Backoff {
  readonly #settings: Required<{ [K in keyof BackoffOptions]: NonNullable<BackoffOptions[K]> }>;
  #failures = 0;
  #waitedMs: number;

  /** @throws MillraceError `invalid-options` when an option is out of its range */
  constructor(options: BackoffOptions = {}) {
    const defaults = {
      initialMs: 100,
      maxMs: 30_000,
      factor: 2,
      jitter: 0.5 as Jitter,
      random: systemRandom,
    };
    this.#settings = withDefaults(defaults, options);
    requirePositive("backoff.initialMs", this.#settings.initialMs);
    requirePositive("backoff.maxMs", this.#settings.maxMs);
    requireRange("backoff.factor", this.#settings.factor, 1, Infinity);
    requireJitter(this.#settings.jitter);
    this.#waitedMs = this.#settings.initialMs;
  }

  /** Failures since the last {@link reset}. */
  get failures(): number {
    return this.#failures;
  }

  /** Counts a failure and returns how long to wait before the next try, in milliseconds. */
  next(): number {
    const { initialMs, maxMs, factor, jitter, random } = this.#settings;
    this.#failures += 1;
    if (jitter === "decorrelated") {
      const spread = Math.max(0, this.#waitedMs * 3 - initialMs);
      this.#waitedMs = Math.min(maxMs, initialMs + spread * random());
      return this.#waitedMs;
    }
    const full = Math.min(maxMs, initialMs * factor ** (this.#failures - 1));
    return full * (1 - share(jitter) * random());
  }

  /** Forgets the failures so far: the next wait is the first again. */
  reset(): void {
    this.#failures = 0;
    this.#waitedMs = this.#settings.initialMs;
  }
}

function share(jitter: Exclude<Jitter, "decorrelated">): number {
  if (jitter === "full") return 1;
  return jitter === "equal" ? 0.5 : jitter;
}

function requireJitter(jitter: Jitter): void {
  if (jitter === "full" || jitter === "equal" || jitter === "decorrelated") return;
  if (typeof jitter === "number" && jitter >= 0 && jitter <= 1) return;
  throw invalidOption("backoff.jitter", 'a number from 0 to 1, "full", "equal" or "decorrelated"', jitter);
}
