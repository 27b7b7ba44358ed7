import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { type LatencyHistogram, latencyBoundsMs } from "../ipc/report.js";
import { addHistograms, emptyHistogram, histogramSince, histogramSize, percentile } from "./histogram.js";

const times = fc.array(fc.double({ min: 0, max: 100_000, noNaN: true }), { maxLength: 200 });

describe("percentile", () => {
  it("is null when there is nothing to tell", () => {
    assert.equal(percentile(emptyHistogram, 0.5), null);
  });

  it("lies in the bucket of the true percentile", () => {
    const share = fc.constantFrom(0.5, 0.9, 0.99, 0.999, 1);
    fc.assert(
      fc.property(
        times.filter(({ length }) => length > 0),
        share,
        (values, wanted) => {
          const sorted = values.toSorted((left, right) => left - right);
          const exact = sorted[Math.max(0, Math.ceil(wanted * sorted.length) - 1)]!;
          const told = percentile(histogramOf(values), wanted)!;
          const bucket = bucketOf(exact);
          assert.ok(
            told <= (latencyBoundsMs[bucket] ?? told) && told >= (latencyBoundsMs[bucket - 1] ?? 0),
            `${told}`,
          );
        },
      ),
    );
  });
});

describe("addHistograms", () => {
  it("is the histogram of all the times", () => {
    fc.assert(
      fc.property(times, times, (left, right) => {
        const both = addHistograms(histogramOf(left), histogramOf(right));
        assert.deepEqual(both.counts, histogramOf([...left, ...right]).counts);
        assert.deepEqual(histogramSince(both, histogramOf(left)).counts, histogramOf(right).counts);
        assert.equal(histogramSize(both), left.length + right.length);
      }),
    );
  });
});

function histogramOf(values: readonly number[]): LatencyHistogram {
  const counts = [...emptyHistogram.counts];
  for (const value of values) counts[bucketOf(value)]! += 1;
  return { counts, sumMs: values.reduce((sum, value) => sum + value, 0) };
}

function bucketOf(value: number): number {
  const index = latencyBoundsMs.findIndex((bound) => value <= bound);
  return index === -1 ? latencyBoundsMs.length : index;
}
