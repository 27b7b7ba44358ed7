import { decodeMeasure, durations, type Measure, sizes } from "millrace/config";
import { z } from "zod";
import type { Limit } from "./settings.js";

/** A duration, or `none`, which is `null` inside. */
export function durationLimit(description: string) {
  return measuredOrNone(durations, description);
}

/** A size, or `none`, which is `null` inside. */
export function sizeLimit(description: string) {
  return measuredOrNone(sizes, description);
}

/** A whole number of at least 1, or `none`, which is `null` inside. */
export function countLimit(description: string) {
  return numberOrNone((error) => z.int(error).min(1, error), "a whole number of at least 1", description);
}

/** A number from 1 to a million, fractions allowed, or `none`, which is `null` inside. */
export function factorLimit(description: string) {
  const number = (error: string) => z.number(error).min(1, error).max(1e6, error);
  return numberOrNone(number, "a number from 1 to 1000000", description);
}

function numberOrNone(number: (error: string) => z.ZodNumber, expected: string, description: string) {
  const error = `expected ${expected}, or "none"`;
  const outside = z.union([number(error), z.literal("none")], { error });
  const inside = z.union([z.number(), z.null()]);
  const decode = (given: number | "none"): Limit => (given === "none" ? null : given);
  return z
    .codec(outside, inside, { decode, encode: (limit) => limit ?? ("none" as const) })
    .meta({ description });
}

function measuredOrNone(measure: Measure, description: string) {
  const expected = `${measure.expected}, or "none"`;
  return z
    .codec(z.string(`expected ${expected}`), z.union([z.number(), z.null()]), {
      decode: (text, context): Limit =>
        text === "none" ? null : decodeMeasure(measure, expected, text, context),
      encode: (limit) => (limit === null ? "none" : measure.format(limit)),
    })
    .meta({ description });
}
