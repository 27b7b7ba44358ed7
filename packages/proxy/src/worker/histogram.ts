import { type LatencyHistogram, latencyBoundsMs } from "../ipc/report.js";

/** Bucket of each whole millisecond below 64, so that usual times are found without a search. */
const bucketOfMs: readonly number[] = Array.from({ length: 64 }, (_, ms) => search(ms));

/** Counts times in the buckets of {@link latencyBoundsMs}. */
export class Histogram {
  readonly #counts: number[] = Array.from({ length: latencyBoundsMs.length + 1 }, () => 0);
  #sumMs = 0;

  /** Counts a time. */
  add(ms: number): void {
    this.#sumMs += ms;
    let bucket = ms < 64 ? bucketOfMs[ms | 0]! : search(ms);
    while (bucket < latencyBoundsMs.length && ms > latencyBoundsMs[bucket]!) bucket++;
    this.#counts[bucket]!++;
  }

  /** The counts so far. */
  snapshot(): LatencyHistogram {
    return { counts: [...this.#counts], sumMs: this.#sumMs };
  }
}

/** The first bucket whose bound is at least `ms`. */
function search(ms: number): number {
  let low = 0;
  let high = latencyBoundsMs.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (latencyBoundsMs[middle]! < ms) low = middle + 1;
    else high = middle;
  }
  return low;
}
