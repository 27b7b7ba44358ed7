import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { Steadiness } from "./steadiness.js";

describe("Steadiness", () => {
  it("tells nothing of fewer than ten answers", () => {
    const steadiness = new Steadiness();
    for (let count = 1; count <= 10; count += 1) {
      assert.equal(steadiness.steady, false);
      steadiness.answered(20);
    }
    assert.equal(steadiness.steady, true);
  });

  it("allows for times within a half of one another", () => {
    assert.equal(after([100, 149, 120]).steady, true);
    assert.equal(after([100, 156, 120]).steady, false);
    assert.equal(after([150, 100]).steady, true);
    assert.equal(after([156, 100]).steady, false);
  });

  it("is over with one slow answer, or one quick one, and back after about a hundred", () => {
    for (const odd of [200, 50]) {
      const steadiness = after([100]);
      steadiness.answered(odd);
      let answers = 0;
      for (; !steadiness.steady; answers += 1) steadiness.answered(100);

      assert.ok(answers > 50 && answers < 150, `${answers} answers after ${odd} ms`);
    }
  });

  it("holds whatever the times are that differ by less than a half, and for no time at all", () => {
    const times = fc.array(fc.double({ min: 1, max: 1.49, noNaN: true }), { minLength: 10 });
    fc.assert(fc.property(times, (factors) => after(factors.map((factor) => 30 * factor)).steady));
    assert.equal(after([0]).steady, true);
  });
});

/** After many answers of the times given, in turn. */
function after(times: readonly number[]) {
  const steadiness = new Steadiness();
  for (let round = 0; round < 10; round += 1) for (const ms of times) steadiness.answered(ms);
  return steadiness;
}
