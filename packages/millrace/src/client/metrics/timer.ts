import { type Clock, systemClock } from "../../base/clock.js";
import { requireRange } from "../../base/options.js";
import { Meter } from "./meter.js";

/** Bounds of the buckets grow by this factor: a quantile is at most 10 % over the truth. */
const growth = 1.1;
const finestMs = 0.1;
const bucketCount = 200;

/** Durations: how many, how often, how long. Takes 1.6 KB from the first one on. */
export class Timer {
  readonly #meter: Meter;
  #buckets: Float64Array | undefined;
  #totalMs = 0;
  #maxMs = 0;

  constructor(clock: Clock = systemClock) {
    this.#meter = new Meter(clock);
  }

  /** Durations so far. */
  get count(): number {
    return this.#meter.count;
  }

  /** How many a second of late, see {@link Meter.recentPerSecond}. */
  get recentPerSecond(): number {
    return this.#meter.recentPerSecond;
  }

  /** The mean of all, in milliseconds; 0 when there are none. */
  get meanMs(): number {
    return this.count === 0 ? 0 : this.#totalMs / this.count;
  }

  /** The longest, in milliseconds. */
  get maxMs(): number {
    return this.#maxMs;
  }

  /** Adds a duration, in milliseconds. */
  record(ms: number): void {
    const duration = Math.max(0, ms);
    this.#meter.mark();
    this.#totalMs += duration;
    if (duration > this.#maxMs) this.#maxMs = duration;
    this.#buckets ??= new Float64Array(bucketCount);
    this.#buckets[bucketOf(duration)]! += 1;
  }

  /**
   * A duration that a `share` of all, from 0 to 1, did not exceed, in milliseconds; at most a tenth over the
   * least such one. 0 when there are none.
   */
  quantileMs(share: number): number {
    requireRange("timer.share", share, 0, 1);
    if (!this.#buckets) return 0;
    let rest = Math.max(1, Math.ceil(share * this.count - 1e-9));
    let bucket = 0;
    while (bucket < bucketCount - 1 && (rest -= this.#buckets[bucket]!) > 0) bucket += 1;
    return Math.min(this.#maxMs, bucket === bucketCount - 1 ? Infinity : finestMs * growth ** bucket);
  }
}

function bucketOf(ms: number): number {
  if (ms <= finestMs) return 0;
  const bucket = Math.ceil(Math.log(ms / finestMs) / Math.log(growth) - 1e-9);
  return Math.min(bucket, bucketCount - 1);
}
