import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { messageLimits } from "millrace/wire";
import { limits } from "./limits.js";

const engineNames = {
  requestLine: "requestLineBytes",
  headerLine: "fieldLineBytes",
  head: "headBytes",
} as const;

describe("limits", () => {
  for (const [key, engineName] of Object.entries(engineNames)) {
    it(`takes for ${key} just what the engine can work with`, () => {
      for (const bytes of [1, 15, 16, 17, 63, 64, 65]) {
        const fitsEngine = accepts(() => messageLimits({ [engineName]: bytes }));

        assert.equal(limits.safeParse({ [key]: `${bytes}B` }).success, fitsEngine, `${bytes}B`);
      }
    });
  }

  it("says what the least is", () => {
    const { error } = limits.safeParse({ head: "1B" });

    assert.equal(error?.issues[0]?.message, 'expected a size of at least 64B such as "16KiB", found "1B"');
  });
});

function accepts(make: () => unknown): boolean {
  try {
    make();
    return true;
  } catch {
    return false;
  }
}
