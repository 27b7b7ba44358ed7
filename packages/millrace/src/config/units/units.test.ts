import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { formatDuration, formatSize, parseDuration, parseSize } from "./units.js";

describe("parseDuration", () => {
  it("reads every unit, fractions and sums", () => {
    assert.equal(parseDuration("250ms"), 250);
    assert.equal(parseDuration("10s"), 10_000);
    assert.equal(parseDuration("1.5s"), 1_500);
    assert.equal(parseDuration("1m30s"), 90_000);
    assert.equal(parseDuration("1h"), 3_600_000);
    assert.equal(parseDuration("0s"), 0);
  });

  it("reads nothing without a unit, with a sign, or too large to count", () => {
    for (const text of ["", "10", "-1s", "1 s", "s", "1w", "1e3s", `${"9".repeat(30)}d`]) {
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

describe("parseSize", () => {
  it("reads binary and decimal units", () => {
    assert.deepEqual(
      ["512B", "16KiB", "1.5MB", "2GiB", "64 kB"].map(parseSize),
      [512, 16_384, 1_500_000, 2_147_483_648, 64_000],
    );
  });

  it("reads nothing that is not a whole number of bytes in a known unit", () => {
    for (const text of ["", "12", "1.5B", "1TiBi", "kB", "-1B"])
      assert.equal(parseSize(text), undefined, text);
  });

  it("reads back what formatSize wrote", () => {
    fc.assert(fc.property(fc.nat(), (bytes) => parseSize(formatSize(bytes)) === bytes));
  });
});
