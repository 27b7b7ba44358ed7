import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { formatDuration, parseDuration } from "./durations.js";

describe("parseDuration", () => {
  it("reads every unit, fractions and sums", () => {
    assert.equal(parseDuration("250ms"), 250);
    assert.equal(parseDuration("10s"), 10_000);
    assert.equal(parseDuration("1.5s"), 1_500);
    assert.equal(parseDuration("1m30s"), 90_000);
    assert.equal(parseDuration("1h"), 3_600_000);
    assert.equal(parseDuration("0s"), 0);
  });

  it("reads what people write", () => {
    assert.equal(parseDuration("1 s"), 1_000);
    assert.equal(parseDuration("11 seconds"), 11_000);
    assert.equal(parseDuration("1 minute"), 60_000);
    assert.equal(parseDuration("3 minutes"), 180_000);
    assert.equal(parseDuration("2 hours 30 mins"), 9_000_000);
    assert.equal(parseDuration("1 day"), 86_400_000);
    assert.equal(parseDuration("500 milliseconds"), 500);
  });

  it("keeps what is shorter than a millisecond from becoming nothing", () => {
    assert.equal(parseDuration("10us"), 1);
    assert.equal(parseDuration("100 nanoseconds"), 1);
    assert.equal(parseDuration("1500us"), 2);
    assert.equal(parseDuration("0ns"), 0);
  });

  it("reads nothing without a unit, with a sign, or too large to count", () => {
    for (const text of ["", "10", "-1s", "s", "1 s 2", "1\ts", "1w", "1e3s", `${"9".repeat(30)}d`]) {
      assert.equal(parseDuration(text), undefined, text);
    }
  });

  it("reads back what formatDuration wrote", () => {
    fc.assert(fc.property(fc.nat(), (ms) => parseDuration(formatDuration(ms)) === ms));
  });
});

describe("formatDuration", () => {
  it("uses the largest unit that needs no fraction", () => {
    assert.deepEqual([0, 1, 1_500, 2_000, 90_000, 300_000, 3_600_000].map(formatDuration), [
      "0s",
      "1ms",
      "1500ms",
      "2s",
      "90s",
      "5m",
      "1h",
    ]);
  });
});
