import { type Clock, systemClock } from "../../base/clock.js";
import { requireRange, withDefaults } from "../../base/options.js";
import type { LimitAlgorithm, LimitSample } from "./limit-algorithm.js";

/** How a {@link WaveLimit} moves. */
export interface WaveOptions {
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
   * Whether a limit that is used up comes down when answers take twice as long as they usually do. For
   * calls of like cost only: among others latency tells of the calls rather than of the room.
   * @defaultValue true
   */
  readonly heedLatency?: boolean | undefined;
  /** @defaultValue {@link systemClock} */
  readonly clock?: Clock | undefined;
}

interface WaveSettings {
  readonly initial: number;
  readonly min: number;
  readonly max: number;
  readonly heedLatency: boolean;
}

const defaults: WaveSettings = { initial: 20, min: 1, max: 1_000_000, heedLatency: true };

/** Of what a dropped call takes along: two places for each, down to half the limit in all. */
const dropWeight = 2;
const dropKeeps = 0.5;
const slowFactor = 2;
const slowKeeps = 0.75;
/** So many answers make a mean that can be judged. */
const judgedBy = 5;
/** The usual latency follows the present one by so many answers, much slower while that is unusual. */
const usualOver = 100;
const unusualOver = 1000;
const mostSlowInARow = 6;
/** From this share of the limit that last met trouble on, it is approached with care. */
const carefulFrom = 0.7;
const carefulStep = 0.05;
/** That much above it, the limit that last met trouble is forgotten. */
const forgottenFrom = 1.3;
const usedUpFrom = 0.9;

/**
 * Moves once in a wave, that is in as many calls as the limit lets run at once, and by what share of them was
 * dropped: a call dropped here or there costs a little, a wave of them half the limit. So one moment of
 * trouble counts once, however many calls it meets.
 *
 * Grows by the square root of the limit in each good wave that used it up, as long as nothing stands in the
 * way; near the limit that last met trouble by very little at first, then faster with each good wave. Comes
 * down as well when a limit that is used up makes answers slow, before calls are dropped.
 *
 * After DCTCP (the share), CUBIC (the approach) and Netflix's Gradient2 (the square root and the latency).
 */
export class WaveLimit implements LimitAlgorithm {
  readonly #settings: WaveSettings;
  readonly #clock: Clock;
  readonly #wave = new Wave();
  readonly #latency = new UsualLatency();
  #limit: number;
  /** When the limit came down last: calls that started before tell of the limit before. */
  #loweredAt = -Infinity;
  /** The limit that last met trouble, before it came down. */
  #ceiling = Infinity;
  /** Waves that were good since, and used the limit up. */
  #goodWaves = 0;
  #inTrouble = false;

  /** @throws MillraceError `invalid-options` when an option is out of its range */
  constructor(options: WaveOptions = {}) {
    const { clock = systemClock, ...rest } = options;
    this.#settings = withDefaults(defaults, rest);
    const { initial, min, max } = this.#settings;
    requireRange("waveLimit.min", min, 1, Number.MAX_SAFE_INTEGER);
    requireRange("waveLimit.max", max, min, Number.MAX_SAFE_INTEGER);
    requireRange("waveLimit.initial", initial, min, max);
    this.#clock = clock;
    this.#limit = initial;
  }

  get limit(): number {
    return this.#limit;
  }

  note(sample: LimitSample): void {
    const now = this.#clock.now();
    if (now - sample.rttMs < this.#loweredAt) return;
    this.#wave.count(sample);
    if (sample.verdict === "success") this.#latency.count(sample.rttMs);
    if (this.#wave.ended < Math.min(this.#wave.mostInFlight, this.#limit)) return;
    this.#judge(now);
    this.#wave.clear();
  }

  #judge(now: number): void {
    const { ended, dropped, mostInFlight } = this.#wave;
    const usedUp = mostInFlight >= Math.floor(this.#limit * usedUpFrom);
    const slow = this.#latency.judge(usedUp) && this.#settings.heedLatency;
    if (dropped > 0) {
      const kept = Math.max(dropKeeps, 1 - (dropWeight * dropped) / ended);
      this.#lower(Math.min(this.#limit, mostInFlight) * kept, now);
    } else if (slow) this.#lower(this.#limit * slowKeeps, now);
    else {
      this.#inTrouble = false;
      if (usedUp) this.#raise();
    }
  }

  #lower(limit: number, now: number): void {
    // What is met on the way down is the same trouble.
    if (!this.#inTrouble) this.#ceiling = this.#limit;
    this.#inTrouble = true;
    this.#goodWaves = 0;
    this.#loweredAt = now;
    this.#latency.clear();
    this.#limit = Math.max(this.#settings.min, limit);
  }

  #raise(): void {
    this.#goodWaves += 1;
    const careful = this.#limit >= carefulFrom * this.#ceiling;
    const step = careful ? carefulStep * this.#goodWaves : Math.sqrt(this.#limit);
    this.#limit = Math.min(this.#settings.max, this.#limit + step);
    if (this.#limit > forgottenFrom * this.#ceiling) this.#ceiling = Infinity;
  }
}

/** As many calls as may run at once, one after the other or not. */
class Wave {
  ended = 0;
  dropped = 0;
  mostInFlight = 0;

  count({ verdict, inFlight }: LimitSample): void {
    this.ended += 1;
    if (verdict === "dropped") this.dropped += 1;
    this.mostInFlight = Math.max(this.mostInFlight, inFlight);
  }

  clear(): void {
    this.ended = 0;
    this.dropped = 0;
    this.mostInFlight = 0;
  }
}

/** Knows how long answers usually take, and says when they take much longer. */
class UsualLatency {
  #usualMs = 0;
  #sumMs = 0;
  #count = 0;
  #slowInARow = 0;

  count(rttMs: number): void {
    this.#sumMs += rttMs;
    this.#count += 1;
  }

  /**
   * Whether answers have been slow since this was asked last. `used` is whether the limit was used up, which
   * alone could be why; and when lower limits have not helped six times, they are not why either.
   */
  judge(used: boolean): boolean {
    const meanMs = this.#sumMs / this.#count;
    if (this.#usualMs === 0 && this.#count > 0) this.#usualMs = meanMs;
    if (this.#count < judgedBy) return false;
    const slow = used && meanMs > slowFactor * this.#usualMs;
    this.#slowInARow = slow ? this.#slowInARow + 1 : 0;
    const share = Math.min(1, this.#count / (slow ? unusualOver : usualOver));
    this.#usualMs += (meanMs - this.#usualMs) * share;
    if (this.#slowInARow > mostSlowInARow) {
      this.#usualMs = meanMs;
      this.#slowInARow = 0;
    }
    this.clear();
    return slow;
  }

  /** Forgets what was counted since. */
  clear(): void {
    this.#sumMs = 0;
    this.#count = 0;
  }
}
