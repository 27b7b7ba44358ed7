import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isMillraceError } from "./errors.js";
import { requirePositive, requireRange, requireWhole, withDefaults } from "./options.js";

describe("withDefaults", () => {
  it("fills gaps, explicit undefined included", () => {
    const settings = withDefaults({ limit: 1, name: "a" }, { limit: undefined, name: "b" });

    assert.deepEqual(settings, { limit: 1, name: "b" });
  });

  it("keeps values that look like nothing", () => {
    assert.deepEqual(withDefaults({ limit: 1, on: true }, { limit: 0, on: false }), { limit: 0, on: false });
  });

  it("leaves the defaults as they are", () => {
    const defaults = { limit: 1 };
    withDefaults(defaults, { limit: 2 });

    assert.equal(defaults.limit, 1);
  });
});

describe("requireWhole", () => {
  it("takes whole numbers of the range", () => {
    requireWhole("x", 1, 1);
    requireWhole("x", 3, 1, 3);
  });

  it("takes Infinity only where there is no upper end", () => {
    requireWhole("x", Infinity, 1);
    rejects(() => requireWhole("x", Infinity, 1, 10), /from 1 to 10, found Infinity/);
  });

  it("names the option, what is expected and what was found", () => {
    rejects(
      () => requireWhole("pool.size", 1.5, 1),
      /^pool\.size: expected a whole number of at least 1, found 1\.5$/,
    );
    rejects(() => requireWhole("pool.size", Number.NaN, 1, 9), /from 1 to 9, found NaN/);
  });
});

describe("requirePositive", () => {
  it("takes more than 0, also without end", () => {
    requirePositive("x", 0.1);
    requirePositive("x", Infinity);
  });

  for (const value of [0, -1, Number.NaN]) {
    it(`rejects ${value}`, () => rejects(() => requirePositive("x", value), /expected a positive number/));
  }
});

describe("requireRange", () => {
  it("takes both ends", () => {
    requireRange("x", 0, 0, 1);
    requireRange("x", 1, 0, 1);
  });

  for (const value of [-0.1, 1.1, Number.NaN]) {
    it(`rejects ${value}`, () =>
      rejects(() => requireRange("x", value, 0, 1), /expected a number from 0 to 1/));
  }
});

describe("what was found", () => {
  const found: readonly (readonly [value: unknown, words: string])[] = [
    ["5", '"5"'],
    [[], "an empty list"],
    [[1, "a"], "a list, 1,a"],
    [{ a: 1 }, "an object"],
    [Object.create(null), "an object"],
    [() => 1, "a function"],
    [null, "null"],
    [5n, "5"],
    [Symbol("x"), "Symbol(x)"],
  ];
  for (const [value, words] of found) {
    it(`is shown as ${words}`, () =>
      assert.throws(() => requirePositive("x", value as number), {
        message: `x: expected a positive number, found ${words}`,
      }));
  }
});

function rejects(check: () => void, message: RegExp) {
  assert.throws(check, (error) => isMillraceError(error, "invalid-options") && message.test(error.message));
}
