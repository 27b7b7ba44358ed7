import { z } from "zod";

/** A whole number from `min` to `max`. */
export function whole(description: string, min: number, max: number) {
  const error = `expected a whole number from ${min} to ${max}`;
  return z.int(error).min(min, error).max(max, error).meta({ description });
}

/** A number from 0 to 1. */
export function ratio(description: string) {
  const error = "expected a number from 0 to 1";
  return z.number(error).min(0, error).max(1, error).meta({ description });
}

/** A number from `min` to `max`, fractions allowed. */
export function quantity(description: string, min: number, max: number) {
  const error = `expected a number from ${min} to ${max}`;
  return z.number(error).min(min, error).max(max, error).meta({ description });
}

/** One of a few words. */
export function choice<const T extends readonly [string, ...string[]]>(description: string, words: T) {
  return z.enum(words, `expected one of ${words.join(", ")}`).meta({ description });
}

/** Yes or no. */
export function flag(description: string) {
  return z.boolean("expected true or false").meta({ description });
}

/** Text that `fits`; `expected` says what that is. */
export function text(description: string, expected: string, fits: (text: string) => boolean) {
  const error = `expected ${expected}`;
  return z.string(error).refine(fits, error).meta({ description });
}

/** The name of a file or folder. */
export function filePath(description: string) {
  return text(description, "a file name", (path) => path !== "" && !path.includes("\0"));
}
