import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isMillraceError } from "../base/errors.js";

/** An option by its path, how something is made with it, and values out of its range. */
export type BadOption = readonly [option: string, make: (value: never) => unknown, ...values: unknown[]];

/** Declares a test for each option: every value is refused, by an error that names the option and what was found. */
export function refusesBadOptions(options: readonly BadOption[]): void {
  describe("an option out of its range", () => {
    for (const [option, make, ...values] of options) {
      it(`is found when it is given, with its name, its range and what was found: ${option}`, () => {
        for (const value of values) {
          assert.throws(
            () => make(value as never),
            (error) => {
              assert.ok(isMillraceError(error, "invalid-options"), String(error));
              assert.ok(error.message.startsWith(`${option}: expected `), error.message);
              assert.ok(
                wordsFor(value).some((words) => error.message.endsWith(`, found ${words}`)),
                error.message,
              );
              return true;
            },
          );
        }
      });
    }
  });
}

/** How a message may show what was found: text stands in quotes where a number was expected. */
function wordsFor(value: unknown): readonly string[] {
  if (typeof value === "string") return [value, JSON.stringify(value)];
  return [Array.isArray(value) && value.length === 0 ? "an empty list" : String(value)];
}
