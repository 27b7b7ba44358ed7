import { type ContextKey, createContextKey } from "../../service/context.js";
import type { TraceContext } from "./trace-context.js";

/** What can be said about a span. */
export type SpanValue = string | number | boolean;

/** A span that is about to begin. */
export interface SpanStart {
  /** What happens in it; one of few names. */
  readonly name: string;
  /** `client`: it waits for another process; `server`: it answers one; else `internal`. */
  readonly kind: "internal" | "client" | "server";
  /** What it is a part of; `undefined`: of whatever the tracing system holds for current. */
  readonly parent: SpanParent | undefined;
  /** When it begins, in milliseconds since the Unix epoch. */
  readonly startMs: number;
  /** What is known about it from the start. */
  readonly values: Readonly<Record<string, SpanValue | undefined>>;
}

/** What a span can be a part of: a span of this process, or one of another. */
export type SpanParent = Span | TraceContext;

/** Something that takes time, in the hands of whoever began it. */
export interface Span {
  /** What goes to other processes; `undefined` when there is no trace. */
  readonly trace: TraceContext | undefined;
  /** Says something about the span. */
  set(name: string, value: SpanValue): void;
  /** Says that it failed, and why. */
  fail(error: unknown): void;
  /** Ends it, at `endMs` milliseconds since the Unix epoch. */
  end(endMs: number): void;
}

/** Begins spans. Made by an adapter to a tracing system, such as that of `millrace/client/open-telemetry`. */
export interface Tracing {
  /** Begins a span. */
  start(options: SpanStart): Span;
  /** Runs `work` with `span` as the current one, for code in it that asks the tracing system. */
  run<T>(span: Span, work: () => T): T;
}

/**
 * The attachment of a context that says what its calls are a part of: what `traceServer` attaches, or
 * what {@link extractTrace} found in a request that came in some other way.
 */
export const spanParent: ContextKey<SpanParent> = createContextKey("millrace.trace.parent");

/** What goes to other processes of a parent. */
export function traceOf(parent: SpanParent): TraceContext | undefined {
  return "traceId" in parent ? parent : parent.trace;
}
