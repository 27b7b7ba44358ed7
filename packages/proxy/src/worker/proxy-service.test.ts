import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { defaultSettings } from "../config/defaults.js";

describe("createProxyService", () => {
  it("repeats nothing but connect failures and resets by default", () => {
    assert.deepEqual([...defaultSettings.retry.on], ["connect-failure", "reset"]);
  });
});
