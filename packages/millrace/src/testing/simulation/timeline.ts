const buckets = 128;

/** Counts what happens over a time whose length is not known before, in rows of at most 128 buckets. */
export class Timeline {
  /** How long a bucket is, in milliseconds: doubled whenever they do not suffice. */
  bucketMs = 1;
  readonly #rows: readonly Float64Array[];
  #used = 0;

  constructor(rows: number) {
    this.#rows = Array.from({ length: rows }, () => new Float64Array(buckets));
  }

  /** Counts one in `row` at `now`, in milliseconds since the start. */
  count(row: number, now: number): void {
    while (now >= buckets * this.bucketMs) this.#widen();
    const bucket = Math.floor(now / this.bucketMs);
    this.#rows[row]![bucket]! += 1;
    this.#used = Math.max(this.#used, bucket + 1);
  }

  /** The counts of `row`, up to the last bucket used in any. */
  row(row: number): readonly number[] {
    return Array.from(this.#rows[row]!.subarray(0, this.#used));
  }

  #widen(): void {
    this.bucketMs *= 2;
    this.#used = Math.ceil(this.#used / 2);
    for (const row of this.#rows) {
      for (let bucket = 0; bucket < buckets / 2; bucket += 1) {
        row[bucket] = row[2 * bucket]! + row[2 * bucket + 1]!;
      }
      row.fill(0, buckets / 2);
    }
  }
}
