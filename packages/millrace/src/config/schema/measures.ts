import { z } from "zod";
import { formatDuration, parseDuration } from "../../base/durations.js";
import { formatSize, parseSize } from "../units/sizes.js";

/** Something with a unit: text in a document, a number of the base unit inside. */
export interface Measure {
  /** What a reader was expected to write. */
  readonly expected: string;
  /** Least value allowed. */
  readonly min: number;
  /** Reads it; `undefined` when it is none. */
  parse(text: string): number | undefined;
  /** Writes it so that {@link parse} reads it back. */
  format(value: number): string;
}

/** Durations: milliseconds inside, at least 1. */
export const durations: Measure = {
  expected: 'a duration such as "10s"',
  min: 1,
  parse: parseDuration,
  format: formatDuration,
};

/** Sizes: bytes inside, at least 1. */
export const sizes: Measure = {
  expected: 'a size such as "16KiB"',
  min: 1,
  parse: parseSize,
  format: formatSize,
};

/** A schema of `measure`. `description` ends up in what is made of the schema. */
function measured(measure: Measure, description: string) {
  return z
    .codec(z.string(`expected ${measure.expected}`), z.number(), {
      decode: (text, context) => decodeMeasure(measure, measure.expected, text, context),
      encode: (value) => measure.format(value),
    })
    .meta({ description });
}

/** A duration of at least `minMs`: text outside, milliseconds inside. */
export function duration(description: string, minMs = 1) {
  return measured({ ...durations, min: minMs }, description);
}

/** A size of at least `minBytes`: text outside, bytes inside. */
export function size(description: string, minBytes = 1) {
  const expected = minBytes === 1 ? sizes.expected : `a size of at least ${minBytes}B such as "16KiB"`;
  return measured({ ...sizes, expected, min: minBytes }, description);
}

/** Reads `text` for the codec whose `context` is given, and reports what is none as an issue. */
export function decodeMeasure(
  { parse, format, min }: Measure,
  expected: string,
  text: string,
  context: z.core.ParsePayload,
): number {
  const value = parse(text);
  if (value !== undefined && value >= min) return value;
  const isUntold = value !== undefined && !expected.includes("at least");
  const least = isUntold ? `, which is less than ${format(min)}` : "";
  const message = `expected ${expected}, found ${JSON.stringify(text.slice(0, 64))}${least}`;
  context.issues.push({ code: "custom", message, input: text });
  return z.NEVER;
}
