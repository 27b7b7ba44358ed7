import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { randomBelow, seededRandom, systemRandom } from "./random.js";

describe("seededRandom", () => {
  it("repeats itself for the same seed, and only for that", () => {
    const draw = (seed: number) => Array.from({ length: 10 }, seededRandom(seed));

    assert.deepEqual(draw(1), draw(1));
    assert.notDeepEqual(draw(1), draw(2));
  });

  it("stays in [0, 1) for any seed", () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const random = seededRandom(seed);
        for (let count = 0; count < 100; count += 1) {
          const value = random();
          assert.ok(value >= 0 && value < 1);
        }
      }),
    );
  });

  it("spreads evenly", () => {
    const random = seededRandom(42);
    const bins = new Array<number>(10).fill(0);
    for (let count = 0; count < 100_000; count += 1) bins[Math.floor(random() * 10)]! += 1;

    for (const bin of bins) assert.ok(Math.abs(bin - 10_000) < 400, `${bin} of 10 000`);
  });
});

describe("randomBelow", () => {
  it("is a whole number from 0 up to, not including, its limit", () => {
    assert.equal(
      randomBelow(() => 0, 5),
      0,
    );
    assert.equal(
      randomBelow(() => 1 - Number.EPSILON / 2, 5),
      4,
    );
    assert.ok(randomBelow(systemRandom, 3) < 3);
  });
});
