import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { histogramSize } from "./histogram.js";
import { RateRing } from "./rates.js";
import { noTotals, type Totals } from "./totals.js";

describe("RateRing", () => {
  it("tells nothing before there is a span to tell of", () => {
    const ring = new RateRing();

    assert.equal(ring.rates(0, totals(5), 1_000).requests, 0);
  });

  it("takes what there is when it is younger than the span", () => {
    const ring = new RateRing();
    ring.add(0, totals(0));

    assert.equal(ring.rates(2_000, totals(10), 60_000).requests, 5);
  });

  it("forgets what is older than a minute", () => {
    const ring = new RateRing();
    for (let second = 0; second <= 300; second++)
      ring.add(second * 1_000, totals(second < 200 ? 1_000 * second : 200_000));

    assert.equal(ring.rates(300_000, totals(200_000), 60_000).requests, 0);
  });

  it("tells the times of the last minute only", () => {
    const ring = new RateRing();
    for (let second = 0; second <= 100; second++) ring.add(second * 1_000, totals(second));

    assert.equal(histogramSize(ring.recentLatency(100_000, totals(100))), 60);
  });
});

function totals(total: number): Totals {
  const latency = {
    counts: noTotals.latency.counts.map((_, index) => (index === 2 ? total : 0)),
    sumMs: total,
  };
  return { ...noTotals, requests: { active: 0, total }, latency };
}
