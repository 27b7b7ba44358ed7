import { formatDuration, formatSize, parseDuration, parseSize } from "millrace/config";
import { z } from "zod";
import type { Limit } from "./settings.js";

interface Measure {
  readonly expected: string;
  readonly min: number;
  parse(text: string): number | undefined;
  format(value: number): string;
}

const time: Measure = {
  expected: 'a duration such as "10s"',
  min: 1,
  parse: parseDuration,
  format: formatDuration,
};
const bytes: Measure = { expected: 'a size such as "16KiB"', min: 1, parse: parseSize, format: formatSize };

/** A duration of at least `minMs`: text outside, milliseconds inside. */
export function duration(description: string, minMs = 1) {
  return measured({ ...time, min: minMs }, description);
}

/** A duration, or `none`, which is `null` inside. */
export function durationLimit(description: string) {
  return measuredOrNone(time, description);
}

/** A size of at least `minBytes`: text outside, bytes inside. */
export function size(description: string, minBytes = 1) {
  const expected = minBytes === 1 ? bytes.expected : `a size of at least ${minBytes}B such as "16KiB"`;
  return measured({ ...bytes, expected, min: minBytes }, description);
}

/** A size, or `none`, which is `null` inside. */
export function sizeLimit(description: string) {
  return measuredOrNone(bytes, description);
}

/** A whole number of at least 1, or `none`, which is `null` inside. */
export function countLimit(description: string) {
  const error = 'expected a whole number of at least 1, or "none"';
  const outside = z.union([z.int().min(1), z.literal("none")], { error });
  const inside = z.union([z.number(), z.null()]);
  const decode = (given: number | "none"): Limit => (given === "none" ? null : given);
  return z
    .codec(outside, inside, { decode, encode: (limit) => limit ?? ("none" as const) })
    .meta({ description });
}

function measured(measure: Measure, description: string) {
  const error = `expected ${measure.expected}`;
  return z
    .codec(z.string(error), z.number(), {
      decode: (text, context) => read(measure, text) ?? refuse(context, error, text),
      encode: (value) => measure.format(value),
    })
    .meta({ description });
}

function measuredOrNone(measure: Measure, description: string) {
  const error = `expected ${measure.expected}, or "none"`;
  return z
    .codec(z.string(error), z.union([z.number(), z.null()]), {
      decode: (text, context): Limit =>
        text === "none" ? null : (read(measure, text) ?? refuse(context, error, text)),
      encode: (limit) => (limit === null ? "none" : measure.format(limit)),
    })
    .meta({ description });
}

function read({ parse, min }: Measure, text: string): number | undefined {
  const value = parse(text);
  return value === undefined || value < min ? undefined : value;
}

function refuse(context: z.core.ParsePayload, error: string, input: string): never {
  const message = `${error}, found ${JSON.stringify(input.slice(0, 64))}`;
  context.issues.push({ code: "custom", message, input });
  return z.NEVER;
}
