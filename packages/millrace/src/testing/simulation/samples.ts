/** How long calls took, in milliseconds; all 0 when there were none. */
export interface LatencySummary {
  /** How many calls. */
  readonly count: number;
  /** The arithmetic mean. */
  readonly mean: number;
  /** The median. Percentiles are by nearest rank. */
  readonly p50: number;
  /** Nine of ten calls took no longer. */
  readonly p90: number;
  /** 99 of 100 calls took no longer. */
  readonly p99: number;
  /** 999 of 1,000 calls took no longer. */
  readonly p999: number;
  /** The longest. */
  readonly max: number;
}

/** Keeps any number of samples, exactly. */
export class Samples {
  #values = new Float64Array(1024);
  #count = 0;

  add(value: number): void {
    if (this.#count === this.#values.length) {
      const larger = new Float64Array(2 * this.#count);
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values[this.#count] = value;
    this.#count += 1;
  }

  /** Mean, percentiles by nearest rank, and the longest. */
  summary(): LatencySummary {
    const count = this.#count;
    const sorted = this.#values.slice(0, count).sort();
    const mean = count === 0 ? 0 : sorted.reduce((sum, value) => sum + value, 0) / count;
    const at = (ratio: number) => sorted[Math.max(0, Math.ceil(ratio * count) - 1)] ?? 0;
    return { count, mean, p50: at(0.5), p90: at(0.9), p99: at(0.99), p999: at(0.999), max: at(1) };
  }
}
