import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { latencyBoundsMs } from "../ipc/report.js";
import { Histogram } from "./histogram.js";

describe("Histogram", () => {
  it("counts a time in the first bucket whose bound it does not pass", () => {
    const times = fc.oneof(
      fc.double({ min: 0, max: 100_000, noNaN: true }),
      fc.constantFrom(0, 63, 64, 63.999, 64.001, ...latencyBoundsMs),
    );
    fc.assert(
      fc.property(times, (ms) => {
        const histogram = new Histogram();
        histogram.add(ms);
        const bucket = latencyBoundsMs.findIndex((bound) => ms <= bound);
        const { counts } = histogram.snapshot();

        assert.equal(counts.indexOf(1), bucket < 0 ? latencyBoundsMs.length : bucket);
      }),
    );
  });

  it("adds all times up", () => {
    const histogram = new Histogram();
    for (const ms of [1, 2.5, 70_000]) histogram.add(ms);
    const { counts, sumMs } = histogram.snapshot();

    assert.equal(counts.length, latencyBoundsMs.length + 1);
    assert.equal(counts.at(-1), 1);
    assert.equal(sumMs, 70_003.5);
  });
});
