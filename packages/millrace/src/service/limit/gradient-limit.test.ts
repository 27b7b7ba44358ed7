import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { GradientLimit, type GradientOptions } from "./gradient-limit.js";
import type { LimitSample } from "./limit-algorithm.js";

describe("GradientLimit", () => {
  it("grows while calls are as quick as usual and use the limit up", () => {
    const limit = new GradientLimit();
    limit.note(success(10, 20));

    assert.ok(Math.abs(limit.limit - 20.8) < 1e-9);
    for (let count = 0; count < 100; count += 1) limit.note(success(10, 1000));
    assert.ok(limit.limit > 90);
  });

  it("learns nothing from those who do not use half of it", () => {
    const limit = new GradientLimit();
    limit.note(success(10, 9));

    assert.equal(limit.limit, 20);
    assert.equal(limit.usualMs, 10);
  });

  it("falls when calls take longer than is tolerated, before anything fails", () => {
    const limit = new GradientLimit();
    for (let count = 0; count < 200; count += 1) limit.note(success(10, 1));
    for (let count = 0; count < 20; count += 1) limit.note(success(100, 20));

    assert.ok(limit.limit < 12, `${limit.limit}`);
  });

  it("tolerates what is a little longer", () => {
    const limit = new GradientLimit();
    for (let count = 0; count < 200; count += 1) limit.note(success(10, 1));
    limit.note(success(14, 20));

    assert.ok(limit.limit > 20);
  });

  it("falls by a tenth with a dropped call", () => {
    const limit = new GradientLimit();
    limit.note({ verdict: "dropped", rttMs: 1, inFlight: 1 });

    assert.equal(limit.limit, 18);
  });

  it("takes quick for usual again soon after a slow time", () => {
    const limit = new GradientLimit();
    for (let count = 0; count < 50; count += 1) limit.note(success(1000, 1));
    for (let count = 0; count < 100; count += 1) limit.note(success(10, 1));

    assert.ok(limit.usualMs < 25, `${limit.usualMs}`);
  });

  it("stays within its bounds, and finite", () => {
    const sample = fc.record({
      verdict: fc.constantFrom("success" as const, "dropped" as const),
      rttMs: fc.double({ min: 0, max: 1e6, noNaN: true }),
      inFlight: fc.integer({ min: 1, max: 100 }),
    });
    fc.assert(
      fc.property(fc.array(sample, { maxLength: 300 }), (samples) => {
        const limit = new GradientLimit({ initial: 5, min: 3, max: 8 });
        for (const each of samples) {
          limit.note(each);
          assert.ok(limit.limit >= 3 && limit.limit <= 8);
        }
      }),
    );
  });

  const wrong: GradientOptions[] = [
    { min: 0 },
    { max: 3 },
    { initial: 2000 },
    { tolerance: 0.9 },
    { queue: -1 },
    { smoothing: 0 },
    { longWindow: 9 },
  ];
  for (const options of wrong) {
    it(`rejects ${JSON.stringify(options)}`, () => {
      const [[name, value]] = Object.entries(options) as [[string, number]];
      assert.throws(
        () => new GradientLimit(options),
        new RegExp(`gradientLimit\\.${name}: .* found ${value}`),
      );
    });
  }
});

function success(rttMs: number, inFlight: number): LimitSample {
  return { verdict: "success", rttMs, inFlight };
}
