import type { Fields } from "../../wire/http/fields.js";
import { type HeaderSource, isSpanId, lineOf, type TraceContext, traceIdOf } from "./trace-context.js";

/**
 * Reads the one header `b3`: trace id, span id, and optionally `1`, `0` or `d` and the parent's span id,
 * joined by `-`. A lone `0`, a decision without a trace, is no context.
 */
export function readB3Single(source: HeaderSource): TraceContext | undefined {
  const parts = lineOf(source, "b3")?.split("-");
  if (!parts || parts.length < 2 || parts.length > 4) return undefined;
  const [trace, span, decision, parent] = parts as [string, string, string?, string?];
  if (decision !== undefined && !/^[01d]$/.test(decision)) return undefined;
  if (parent !== undefined && !isSpanId(parent)) return undefined;
  const sampled = decision === undefined ? undefined : decision !== "0";
  return contextOf(trace, span, sampled, decision === "d");
}

/** Reads the headers `X-B3-TraceId`, `-SpanId`, `-ParentSpanId`, `-Sampled` and `-Flags`. */
export function readB3Multi(source: HeaderSource): TraceContext | undefined {
  const trace = lineOf(source, "x-b3-traceid");
  const span = lineOf(source, "x-b3-spanid");
  if (trace === undefined || span === undefined) return undefined;
  const parent = lineOf(source, "x-b3-parentspanid");
  if (parent !== undefined && !isSpanId(parent)) return undefined;
  const debug = lineOf(source, "x-b3-flags") === "1";
  return contextOf(trace, span, debug || sampledOf(lineOf(source, "x-b3-sampled")), debug);
}

/** Writes the one header `b3`. */
export function writeB3Single(fields: Fields, context: TraceContext): void {
  const { traceId, spanId, sampled, debug } = context;
  const decision = debug ? "-d" : sampled === undefined ? "" : sampled ? "-1" : "-0";
  fields.set("b3", `${traceId}-${spanId}${decision}`);
}

/**
 * Writes `X-B3-TraceId`, `-SpanId`, and `-Flags` for a trace that is recorded in any case, else `-Sampled`. Not
 * `-ParentSpanId`, as OpenTelemetry's rules for B3 have it: it is for servers that take the span over as their own.
 */
export function writeB3Multi(fields: Fields, context: TraceContext): void {
  const { traceId, spanId, sampled, debug } = context;
  for (const name of ["X-B3-ParentSpanId", "X-B3-Sampled", "X-B3-Flags"]) fields.delete(name);
  fields.set("X-B3-TraceId", traceId);
  fields.set("X-B3-SpanId", spanId);
  if (debug) fields.append("X-B3-Flags", "1");
  else if (sampled !== undefined) fields.append("X-B3-Sampled", sampled ? "1" : "0");
}

function contextOf(
  trace: string,
  spanId: string,
  sampled: boolean | undefined,
  debug: boolean,
): TraceContext | undefined {
  const traceId = traceIdOf(trace);
  if (traceId === undefined || !isSpanId(spanId)) return undefined;
  return { traceId, spanId, sampled, debug, state: "" };
}

/** Old tracers say `true` and `false`. Whatever else is said decides nothing. */
function sampledOf(text: string | undefined): boolean | undefined {
  if (text === "1" || text === "true") return true;
  return text === "0" || text === "false" ? false : undefined;
}
