import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { DecayingSum } from "./decaying-sum.js";

describe("DecayingSum", () => {
  it("forgets half in a half-life", () => {
    const sum = new DecayingSum(30_000, 0);
    sum.add(10, 0);

    assert.equal(sum.at(0), 10);
    assert.ok(Math.abs(sum.at(30_000) - 5) < 1e-9);
    assert.ok(Math.abs(sum.at(90_000) - 1.25) < 1e-9);
  });

  it("forgets in ten steps of a half-life", () => {
    const sum = new DecayingSum(30_000, 0);
    sum.add(10, 0);

    assert.equal(sum.at(2_999), 10);
    assert.ok(Math.abs(sum.at(3_000) - 9.3303) < 1e-4);
    assert.equal(sum.at(5_999), sum.at(3_000));
  });

  it("C17: has lost one 5xx after some 130 s, as far as whole numbers go", () => {
    const sum = new DecayingSum(30_000, 0);
    sum.add(10, 0);

    assert.equal(Math.round(sum.at(129_000)), 1);
    assert.equal(Math.round(sum.at(132_000)), 0);
  });

  it("adds to what is left", () => {
    const sum = new DecayingSum(1_000, 0);
    sum.add(8, 0);
    sum.add(1, 1_000);

    assert.ok(Math.abs(sum.at(1_000) - 5) < 1e-9);
  });
});
