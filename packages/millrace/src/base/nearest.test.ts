import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { nearest } from "./nearest.js";

const known = ["timeouts", "limits", "healthCheck", "panicRatio"];

describe("nearest", () => {
  it("finds the name behind a slip or another spelling", () => {
    assert.equal(nearest("timeout", known), "timeouts");
    assert.equal(nearest("health-check", known), "healthCheck");
    assert.equal(nearest("panic_ratio", known), "panicRatio");
  });

  it("finds nothing for a word that is like none", () => {
    assert.equal(nearest("colour", known), undefined);
    assert.equal(nearest("x".repeat(10_000), known), undefined);
  });
});
