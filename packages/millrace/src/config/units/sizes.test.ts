import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { formatSize, parseSize } from "./sizes.js";

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
