import { MillraceError } from "./errors.js";

/** Fills the gaps in `options`. A field that is explicitly `undefined` counts as a gap. */
export function withDefaults<T extends object>(
  defaults: T,
  options: Partial<{ [K in keyof T]: T[K] | undefined }>,
): T {
  const settings = { ...defaults };
  for (const [key, value] of Object.entries(options)) {
    if (value !== undefined) (settings as Record<string, unknown>)[key] = value;
  }
  return settings;
}

/** Rejects an option value, naming the option and what was found. */
export function invalidOption(path: string, expected: string, found: unknown): MillraceError {
  return new MillraceError(`${path}: expected ${expected}, found ${String(found)}`, {
    code: "invalid-options",
    unsent: true,
  });
}

/**
 * Requires a whole number from `min` to `max`.
 *
 * @throws MillraceError `invalid-options`
 */
export function requireWhole(path: string, value: number, min: number, max = Infinity): void {
  if (value === Infinity && max === Infinity) return;
  if (Number.isInteger(value) && value >= min && value <= max) return;
  const range = max === Infinity ? `of at least ${min}` : `from ${min} to ${max}`;
  throw invalidOption(path, `a whole number ${range}`, value);
}

/**
 * Requires a number more than 0 (which may be `Infinity`, for no limit).
 *
 * @throws MillraceError `invalid-options`
 */
export function requirePositive(path: string, value: number): void {
  if (typeof value === "number" && value > 0) return;
  throw invalidOption(path, "a positive number", value);
}

/**
 * Requires a number from `min` to `max`.
 *
 * @throws MillraceError `invalid-options`
 */
export function requireRange(path: string, value: number, min: number, max: number): void {
  if (typeof value === "number" && value >= min && value <= max) return;
  throw invalidOption(path, `a number from ${min} to ${max}`, value);
}

/**
 * Requires functions under `names` of `owner`, which need not be there at all where types were not checked.
 *
 * @throws MillraceError `invalid-options`
 */
export function requireFunctions<T extends object>(
  path: string,
  owner: T,
  ...names: (keyof T & string)[]
): void {
  for (const name of names) {
    const found = (owner as T | undefined)?.[name];
    if (typeof found !== "function") throw invalidOption(`${path}.${name}`, "a function", found);
  }
}

/**
 * Requires one of the texts that are `allowed`.
 *
 * @throws MillraceError `invalid-options`
 */
export function requireOneOf(path: string, value: string, allowed: readonly string[]): void {
  if (!allowed.includes(value)) throw invalidOption(path, `one of ${allowed.join(", ")}`, value);
}
