import { z } from "zod";
import { nearest } from "../../base/nearest.js";

/**
 * A group of settings. Unknown keys are refused with the nearest known one, so that a slip is found
 * where it was made and not days later.
 */
export function section<T extends z.ZodRawShape>(shape: T) {
  const known = Object.keys(shape);
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === "unrecognized_keys"
        ? issue.keys.map((key) => unknownKey(key, known)).join("\n")
        : "expected a group of settings",
  });
}

function unknownKey(key: string, known: readonly string[]): string {
  const near = nearest(key, known);
  const all = known.length === 0 ? "there are none here" : `known here: ${known.join(", ")}`;
  const hint = near === undefined ? all : `did you mean "${near}"?`;
  return `unknown setting ${JSON.stringify(key.slice(0, 64))}; ${hint}`;
}
