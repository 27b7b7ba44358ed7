import { requirePositive, withDefaults } from "../../base/options.js";

/** How the latency of members is estimated. */
export interface LatencyOptions {
  /**
   * How long the past counts, in milliseconds; more than 0: after this time a sample has lost 63 % of
   * its weight.
   * @defaultValue 10_000
   */
  readonly decayMs?: number | undefined;
  /**
   * Assumed of a member that has not answered yet, in milliseconds; more than 0. Lower makes new members
   * more attractive.
   * @defaultValue 30
   */
  readonly initialMs?: number | undefined;
  /**
   * The most that failures alone make a member look like, in milliseconds; more than 0. For a member that
   * takes long to answer it is ten times its last answer instead, where that is more.
   * @defaultValue 1000
   */
  readonly failurePenaltyMs?: number | undefined;
}

/**
 * How latency is estimated, gaps filled.
 *
 * @internal
 */
export type LatencySettings = { readonly [Option in keyof LatencyOptions]-?: number };

/**
 * Checks options and fills their gaps.
 *
 * @internal
 * @throws MillraceError `invalid-options` when an option is out of its range
 */
export function latencySettings(options: LatencyOptions = {}): LatencySettings {
  const settings = withDefaults({ decayMs: 10_000, initialMs: 30, failurePenaltyMs: 1000 }, options);
  requirePositive("latency.decayMs", settings.decayMs);
  requirePositive("latency.initialMs", settings.initialMs);
  requirePositive("latency.failurePenaltyMs", settings.failurePenaltyMs);
  return settings;
}

/**
 * An estimate of how long a member takes to answer: jumps to every slower sample, forgets it with time
 * (Finagle's peak EWMA).
 *
 * Quick failures must not attract traffic. So a failure counts as twice the estimate, the second in a
 * row as four times that, the third as eight times that ... up to `failurePenaltyMs` or ten times what the
 * last answer took, or as the time it took if that is longer: a flake costs a member little, a run of
 * them its favour.
 */
export class PeakEwma {
  readonly #settings: LatencySettings;
  /** A division here would be one for each member that is looked at. */
  readonly #perDecay: number;
  #estimateMs: number;
  #updatedAt: number;
  #failures = 0;
  #lastAnswerMs: number;

  constructor(settings: LatencySettings, now: number) {
    this.#settings = settings;
    this.#perDecay = 1 / settings.decayMs;
    this.#estimateMs = settings.initialMs;
    this.#lastAnswerMs = settings.initialMs;
    this.#updatedAt = now;
  }

  /** The estimate as of `now`, in milliseconds. It decays while nothing is heard, so that all get another chance. */
  at(now: number): number {
    return this.#estimateMs * this.#keptAt(now);
  }

  /** The estimate as of the last news, in milliseconds: what {@link at} would be had no time passed since. */
  get undecayedMs(): number {
    return this.#estimateMs;
  }

  /** Counts an answer that took `rttMs`. */
  answered(rttMs: number, now: number): void {
    this.#failures = 0;
    this.#lastAnswerMs = rttMs;
    if (rttMs >= this.#estimateMs) {
      this.#estimateMs = rttMs;
    } else {
      const kept = this.#keptAt(now);
      this.#estimateMs = this.#estimateMs * kept + rttMs * (1 - kept);
    }
    this.#updatedAt = now;
  }

  /** Counts a failure after `elapsedMs`. Never lowers the estimate. */
  failed(elapsedMs: number, now: number): void {
    this.#failures += 1;
    const penaltyMs = Math.max(this.#estimateMs, 1) * 2 ** this.#failures;
    // Less than a slow member takes anyway would be no penalty at all.
    const mostMs = Math.max(this.#settings.failurePenaltyMs, 10 * this.#lastAnswerMs);
    this.#raise(Math.max(elapsedMs, Math.min(penaltyMs, mostMs)), now);
  }

  /** Counts a call that was given up after `elapsedMs`: an answer would have taken longer still. */
  givenUp(elapsedMs: number, now: number): void {
    if (elapsedMs > this.at(now)) this.#raise(elapsedMs, now);
  }

  #raise(sampleMs: number, now: number): void {
    this.#estimateMs = Math.max(this.#estimateMs, sampleMs);
    this.#updatedAt = now;
  }

  /** What the past weighs by now: e to the power of minus its age, by its series where that is quicker. */
  #keptAt(now: number): number {
    const age = (now - this.#updatedAt) * this.#perDecay;
    return age < 0.1 ? 1 - age * (1 - age * (0.5 - age * sixth)) : Math.exp(-age);
  }
}

const sixth = 1 / 6;
