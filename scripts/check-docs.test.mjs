import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { checks } from "./check-docs.mjs";

describe("docs", () => {
  for (const [name, check] of Object.entries(checks)) {
    it(name, () => {
      const findings = check();
      assert.equal(findings.length, 0, `\n${findings.join("\n")}`);
    });
  }
});
