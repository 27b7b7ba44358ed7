import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Samples } from "./samples.js";

describe("Samples", () => {
  it("sums any number of samples up", () => {
    const samples = new Samples();
    for (let value = 5000; value >= 1; value -= 1) samples.add(value);

    assert.deepEqual(samples.summary(), {
      count: 5000,
      mean: 2500.5,
      p50: 2500,
      p90: 4500,
      p99: 4950,
      p999: 4995,
      max: 5000,
    });
  });

  it("is all 0 without samples", () => {
    assert.deepEqual(new Set(Object.values(new Samples().summary())), new Set([0]));
  });
});
