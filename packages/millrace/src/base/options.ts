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
  return new MillraceError(`${path}: expected ${expected}, found ${shown(found)}`, {
    code: "invalid-options",
    unsent: true,
  });
}

/** A value as people read it, also where it has no text of its own. */
function shown(value: unknown): string {
  if (typeof value === "function") return "a function";
  if (typeof value !== "object" || value === null) return String(value);
  if (Array.isArray(value))
    return value.length === 0 ? "an empty list" : `a list, ${value.map(shown).join(",")}`;
  // What does not say what it is says "[object Object]", and that only if it can say anything.
  return value instanceof Error || value instanceof URL || value instanceof RegExp
    ? String(value)
    : "an object";
}

/** A value where a number was expected: text that looks like one is not taken for one. */
function shownByNumbers(value: unknown): unknown {
  return typeof value === "string" ? JSON.stringify(value) : value;
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
  throw invalidOption(path, `a whole number ${range}`, shownByNumbers(value));
}

/**
 * Requires a number more than 0 (which may be `Infinity`, for no limit).
 *
 * @throws MillraceError `invalid-options`
 */
export function requirePositive(path: string, value: number): void {
  if (typeof value === "number" && value > 0) return;
  throw invalidOption(path, "a positive number", shownByNumbers(value));
}

/**
 * Requires a number from `min` to `max`.
 *
 * @throws MillraceError `invalid-options`
 */
export function requireRange(path: string, value: number, min: number, max: number): void {
  if (typeof value === "number" && value >= min && value <= max) return;
  throw invalidOption(path, `a number from ${min} to ${max}`, shownByNumbers(value));
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

/**
 * Requires functions under those of `names` that `owner` has. `undefined` counts as a gap, `null` does not.
 *
 * @throws MillraceError `invalid-options`
 */
export function requireOptionalFunctions<T extends object>(
  path: string,
  owner: T,
  ...names: (keyof T & string)[]
): void {
  for (const name of names) if (owner[name] !== undefined) requireFunctions(path, owner, name);
}

/**
 * Requires a function.
 *
 * @throws MillraceError `invalid-options`
 */
export function requireFunction(path: string, value: unknown): void {
  if (typeof value !== "function") throw invalidOption(path, "a function", value);
}

/**
 * Requires options: an object, or `undefined` for none.
 *
 * @throws MillraceError `invalid-options`
 */
export function requireGroup(path: string, value: unknown): void {
  if (value === undefined || (typeof value === "object" && value !== null && !Array.isArray(value))) return;
  throw invalidOption(path, "an object with options", value);
}

/**
 * Requires text that is not empty.
 *
 * @throws MillraceError `invalid-options`
 */
export function requireText(path: string, what: string, value: unknown): void {
  if (typeof value === "string" && value !== "") return;
  throw invalidOption(path, what, value === "" ? "an empty one" : value);
}
