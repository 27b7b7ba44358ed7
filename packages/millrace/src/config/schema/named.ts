import { z } from "zod";

/**
 * Values of one kind by names that the document chooses. `__proto__` is refused: as a name of an object's own it gets lost
 * on the way, and what was said under it would count for nothing.
 *
 * `expected` says what belongs here where it is no group.
 */
export function named<T extends z.ZodType>(values: T, expected: string) {
  const record = z.record(z.string(), values, expected);
  const anything = z.custom<z.input<typeof record>>().check(({ value, issues }) => {
    if (typeof value !== "object" || !Object.hasOwn(value, unusable)) return;
    issues.push({
      code: "custom",
      message: `${unusable} cannot be a name here`,
      path: [unusable],
      input: value,
    });
  });
  return anything.pipe(record);
}

const unusable = "__proto__";
