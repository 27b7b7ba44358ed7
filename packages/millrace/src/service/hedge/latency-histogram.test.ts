import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { LatencyHistogram } from "./latency-histogram.js";

describe("LatencyHistogram", () => {
  it("knows nothing in its first period, and what was in it in the next", () => {
    const histogram = new LatencyHistogram(1000, 0);
    for (let count = 0; count < 8; count += 1) histogram.record(1, 10);
    for (let count = 0; count < 2; count += 1) histogram.record(10, 10);
    assert.equal(histogram.quantileMs(0.9, 10, 999), undefined);

    assert.equal(histogram.quantileMs(0.9, 10, 1000), 10);
    assert.equal(histogram.quantileMs(0.8, 10, 1000), 1);
    assert.equal(histogram.quantileMs(0.9, 11, 1000), undefined);
  });

  it("forgets the period before the last", () => {
    const histogram = new LatencyHistogram(1000, 0);
    histogram.record(1, 10);
    histogram.record(5, 1010);

    assert.equal(histogram.quantileMs(1, 1, 2010), 5);
  });

  it("knows nothing after two silent periods", () => {
    const histogram = new LatencyHistogram(1000, 0);
    histogram.record(1, 10);

    assert.equal(histogram.quantileMs(1, 1, 2000), undefined);
  });

  it("tells any quantile from above, to within a quarter of a millisecond and 1.6 %", () => {
    const latencies = fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 50 });
    fc.assert(
      fc.property(latencies, fc.double({ min: 0, max: 1, noNaN: true }), (all, share) => {
        const histogram = new LatencyHistogram(1000, 0);
        for (const each of all) histogram.record(each, 0);
        const sorted = all.toSorted((a, b) => a - b);
        const exact = sorted[Math.max(1, Math.ceil(share * all.length - 1e-9)) - 1]!;
        const told = histogram.quantileMs(share, 1, 1000)!;
        assert.ok(told >= exact - 1e-6 && told <= exact * 1.016 + 0.25, `${told} for ${exact}`);
      }),
    );
  });
});
