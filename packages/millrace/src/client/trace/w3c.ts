import type { Fields } from "../../wire/http/fields.js";
import {
  type HeaderSource,
  isSpanId,
  lineOf,
  linesOf,
  type TraceContext,
  traceIdOf,
} from "./trace-context.js";

const parentPattern = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

/**
 * Reads `traceparent` and `tracestate` (W3C Trace Context). Later versions are read as far as they are
 * like the first. A `tracestate` that breaks the rules is dropped, the rest stands.
 */
export function readW3c(source: HeaderSource): TraceContext | undefined {
  const match = parentPattern.exec(lineOf(source, "traceparent") ?? "");
  if (!match) return undefined;
  const [, version, trace, spanId, flags, rest] = match as unknown as [string, ...string[]];
  if (version === "ff" || (version === "00" && rest !== undefined)) return undefined;
  const traceId = traceIdOf(trace!);
  if (traceId === undefined || !isSpanId(spanId!)) return undefined;
  const sampled = (Number.parseInt(flags!, 16) & 1) === 1;
  return { traceId, spanId: spanId!, sampled, debug: false, state: stateOf(linesOf(source, "tracestate")) };
}

/** Writes `traceparent`, and `tracestate` where there is any. A trace nobody decided on is not sampled. */
export function writeW3c(fields: Fields, context: TraceContext): void {
  const { traceId, spanId, sampled, state } = context;
  fields.set("traceparent", `00-${traceId}-${spanId}-${sampled === true ? "01" : "00"}`);
  if (state === "") fields.delete("tracestate");
  else fields.set("tracestate", state);
}

const keyPattern = /^(?:[a-z0-9][a-z0-9_\-*/]{0,255}|[a-z0-9][a-z0-9_\-*/]{0,240}@[a-z][a-z0-9_\-*/]{0,13})$/;
const valuePattern = /^[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]$/;
const maxMembers = 32;
const maxStateLength = 4_096;

function stateOf(lines: readonly string[]): string {
  const joined = lines.join(",");
  if (joined.length > maxStateLength) return "";
  const members = joined
    .split(",")
    .map((member) => member.replace(/^[ \t]+|[ \t]+$/g, ""))
    .filter((member) => member !== "");
  const keys = new Set(members.map(keyOf));
  const valid = keys.size === members.length && !keys.has(undefined) && members.length <= maxMembers;
  return valid ? members.join(",") : "";
}

/** The key of a well-formed member. */
function keyOf(member: string): string | undefined {
  const at = member.indexOf("=");
  if (at < 0) return undefined;
  const key = member.slice(0, at);
  return keyPattern.test(key) && valuePattern.test(member.slice(at + 1)) ? key : undefined;
}
