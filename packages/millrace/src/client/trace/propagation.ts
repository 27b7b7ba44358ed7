import type { Fields } from "../../wire/http/fields.js";
import { readB3Multi, readB3Single, writeB3Multi, writeB3Single } from "./b3.js";
import type { HeaderSource, TraceContext } from "./trace-context.js";
import { readW3c, writeW3c } from "./w3c.js";

/** A way to carry a {@link TraceContext} in headers: W3C Trace Context, or B3 in several headers or in one. */
export type TraceFormat = "w3c" | "b3-multi" | "b3-single";

const readers: Readonly<Record<TraceFormat, (source: HeaderSource) => TraceContext | undefined>> = {
  w3c: readW3c,
  "b3-single": readB3Single,
  "b3-multi": readB3Multi,
};

const writers: Readonly<Record<TraceFormat, (fields: Fields, context: TraceContext) => void>> = {
  w3c: writeW3c,
  "b3-single": writeB3Single,
  "b3-multi": writeB3Multi,
};

/** All formats, in the order in which {@link extractTrace} looks for them. */
export const traceFormats: readonly TraceFormat[] = ["w3c", "b3-single", "b3-multi"];

/**
 * Reads where in a trace a request comes from: the first of `formats` that is there and well formed.
 * Headers that break the rules of their format are as good as absent.
 */
export function extractTrace(
  source: HeaderSource,
  formats: readonly TraceFormat[] = traceFormats,
): TraceContext | undefined {
  for (const format of formats) {
    const context = readers[format](source);
    if (context) return context;
  }
  return undefined;
}

/** Writes `context` into the fields of a request in each of `formats`, over what is there of them. */
export function injectTrace(fields: Fields, context: TraceContext, formats: readonly TraceFormat[]): void {
  for (const format of formats) writers[format](fields, context);
}
