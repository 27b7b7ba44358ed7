/** Finest step, in milliseconds. */
const unitMs = 0.25;
/** Values below this many units have a bucket each; above, each doubling has half as many. */
const exact = 128;
const perDoubling = exact / 2;
const doublings = 16;

/** Counts latencies in buckets that are at most 1.6 % wide, from a quarter of a millisecond to over half an hour. */
class Histogram {
  readonly #counts = new Uint32Array(exact + doublings * perDoubling);
  #total = 0;

  get total(): number {
    return this.#total;
  }

  record(ms: number): void {
    this.#counts[bucketOf(ms)]! += 1;
    this.#total += 1;
  }

  /** The latency that a `share` of all did not exceed, rounded up to the edge of its bucket. */
  quantileMs(share: number): number {
    let rest = Math.max(1, Math.ceil(share * this.#total - 1e-9));
    let bucket = 0;
    while (bucket < this.#counts.length - 1 && (rest -= this.#counts[bucket]!) > 0) bucket += 1;
    return edgeMs(bucket);
  }

  clear(): void {
    if (this.#total === 0) return;
    this.#counts.fill(0);
    this.#total = 0;
  }
}

function bucketOf(ms: number): number {
  const units = Math.max(0, Math.ceil(ms / unitMs - 1e-9));
  if (units < exact) return units;
  const doubling = 31 - Math.clz32(Math.min(units, 2 ** 31 - 1)) - 6;
  const bucket = doubling * perDoubling + Math.floor(units / 2 ** doubling);
  return Math.min(bucket, exact + doublings * perDoubling - 1);
}

function edgeMs(bucket: number): number {
  if (bucket < exact) return bucket * unitMs;
  const doubling = Math.floor(bucket / perDoubling) - 1;
  const place = bucket - doubling * perDoubling;
  return ((place + 1) * 2 ** doubling - 1) * unitMs;
}

/**
 * The latencies of the period before this one, to tell from what is long for a call. Writes go to the
 * present period. After a silence of two periods nothing is known. After tower's `RotatingHistogram`.
 */
export class LatencyHistogram {
  readonly #periodMs: number;
  #before = new Histogram();
  #present = new Histogram();
  #since: number;

  /** Periods of `periodMs`, the first beginning at the time `now`. */
  constructor(periodMs: number, now: number) {
    this.#periodMs = periodMs;
    this.#since = now;
  }

  /** Notes one latency. */
  record(ms: number, now: number): void {
    this.#rotate(now);
    this.#present.record(ms);
  }

  /**
   * The latency that a `share` of the calls of the period before did not exceed, in milliseconds, to
   * within 1.6 %; `undefined` when there were fewer than `minimum`.
   */
  quantileMs(share: number, minimum: number, now: number): number | undefined {
    this.#rotate(now);
    return this.#before.total >= minimum ? this.#before.quantileMs(share) : undefined;
  }

  #rotate(now: number): void {
    const passed = now - this.#since;
    if (passed < this.#periodMs) return;
    const stale = this.#before;
    this.#before = this.#present;
    this.#present = stale;
    stale.clear();
    if (passed >= 2 * this.#periodMs) this.#before.clear();
    this.#since = now;
  }
}
