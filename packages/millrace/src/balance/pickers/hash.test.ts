import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { hashText } from "./hash.js";

describe("hashText", () => {
  it("is the same always", () => {
    assert.deepEqual([hashText("a"), hashText("a", 1)], [hashText("a"), hashText("a", 1)]);
    assert.notEqual(hashText("a"), hashText("a", 1));
  });

  it("spreads texts that differ in one letter over all its bits", () => {
    const ones = new Array<number>(32).fill(0);
    for (let count = 0; count < 10_000; count += 1) {
      const hash = hashText(`session-${count}`);
      ones.forEach((_, bit) => (ones[bit]! += (hash >>> bit) & 1));
    }

    for (const count of ones) assert.ok(Math.abs(count - 5000) < 300, String(count));
  });
});
