import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { AimdLimit, type AimdOptions } from "./aimd-limit.js";
import type { LimitSample } from "./limit-algorithm.js";

describe("AimdLimit", () => {
  it("falls by a tenth with each dropped call, in whole numbers, down to 1", () => {
    const limit = new AimdLimit();
    const seen = Array.from({ length: 15 }, () => {
      limit.note(dropped);
      return limit.limit;
    });

    assert.deepEqual(seen, [18, 16, 14, 12, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 1]);
  });

  it("rises only for good calls that found it nearly used up", () => {
    const limit = new AimdLimit();
    limit.note(success(17));
    assert.equal(limit.limit, 20);
    limit.note(success(18));

    assert.equal(limit.limit, 20.05);
  });

  it("takes about a whole round of good calls for one more", () => {
    const limit = new AimdLimit();
    let calls = 0;
    while (limit.limit < 21) {
      limit.note(success(20));
      calls += 1;
    }

    assert.equal(calls, 21);
  });

  it("recovers from the floor quickly", () => {
    const limit = new AimdLimit({ initial: 1 });
    const seen = [1, 2, 2].map((inFlight) => {
      limit.note(success(inFlight));
      return limit.limit;
    });

    assert.deepEqual(seen, [2, 2.5, 2.9]);
  });

  it("stays within its bounds", () => {
    const sample = fc.oneof(fc.constant(dropped), fc.nat(50).map(success));
    fc.assert(
      fc.property(fc.array(sample, { maxLength: 300 }), (samples) => {
        const limit = new AimdLimit({ initial: 5, min: 3, max: 8 });
        for (const each of samples) {
          limit.note(each);
          assert.ok(limit.limit >= 3 && limit.limit <= 8);
        }
      }),
    );
  });

  const wrong: AimdOptions[] = [{ min: 0 }, { max: 0 }, { initial: 0.5 }, { ratio: 0 }, { ratio: 1 }];
  for (const options of wrong) {
    it(`rejects ${JSON.stringify(options)}`, () => {
      const [[name, value]] = Object.entries(options) as [[string, number]];
      assert.throws(() => new AimdLimit(options), new RegExp(`aimdLimit\\.${name}: .* found ${value}`));
    });
  }
});

const dropped: LimitSample = { verdict: "dropped", rttMs: 1, inFlight: 1 };

function success(inFlight: number): LimitSample {
  return { verdict: "success", rttMs: 1, inFlight };
}
