import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseRetryAfter } from "./retry-after.js";

const now = Date.UTC(2026, 0, 1, 12, 0, 0);

describe("parseRetryAfter", () => {
  it("reads whole seconds", () => {
    assert.equal(parseRetryAfter("0", now), 0);
    assert.equal(parseRetryAfter(" 120 ", now), 120_000);
  });

  it("reads a date, and asks for no wait when it has passed", () => {
    assert.equal(parseRetryAfter("Thu, 01 Jan 2026 12:00:30 GMT", now), 30_000);
    assert.equal(parseRetryAfter("Thu, 01 Jan 2026 11:00:00 GMT", now), 0);
  });

  it("takes nothing else", () => {
    const wrong = [
      "",
      "soon",
      "-1",
      "1.5",
      "1e3",
      "9999999999",
      "2026-01-01T12:00:30Z",
      "Thu, 99 Jan 2026 12:00:30 GMT",
    ];
    for (const value of wrong) assert.equal(parseRetryAfter(value, now), undefined, value);
  });
});
