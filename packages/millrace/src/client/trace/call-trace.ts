import { type CallContext, type ContextKey, createContextKey } from "../../service/context.js";
import { callOptions } from "../call/call-options.js";
import type { TraceSettings } from "./settings.js";
import type { Span, SpanParent, SpanStart, SpanValue } from "./tracing.js";

/** A call that is being traced: its first span, and what later spans need to know. */
export class CallTrace {
  readonly settings: TraceSettings;
  readonly root: Span;
  /** What is said about the call in its span and in that of every attempt. */
  readonly values: Readonly<Record<string, SpanValue | undefined>>;
  /** Attempts that have failed. */
  failures = 0;
  /** When the last attempt ended, in milliseconds since the Unix epoch; 0 while none has. */
  attemptEndedMs = 0;
  /** Added to a reading of the clock it gives the time since the epoch, steadily through the call. */
  readonly #epochMs: number;

  constructor(settings: TraceSettings, context: CallContext, parent: SpanParent | undefined) {
    const { clock } = settings;
    this.settings = settings;
    this.#epochMs = clock.wallTime() - clock.now();
    this.values = endpointValues(context);
    this.root = this.start({ name: "request", parent, values: this.values });
  }

  /** The time now, in milliseconds since the Unix epoch. */
  get nowMs(): number {
    return this.#epochMs + this.settings.clock.now();
  }

  /** Begins a span of the call. */
  start(options: Pick<SpanStart, "name" | "parent"> & Partial<SpanStart>): Span {
    const { tracing, prefix } = this.settings;
    const { kind = "internal", startMs = this.nowMs, values = {}, parent } = options;
    return tracing.start({ name: `${prefix}: ${options.name}`, kind, parent, startMs, values });
  }

  /** Ends a span now, saying how it came out. */
  end(span: Span, outcome: TracedOutcome): void {
    const failed = isFailure(outcome);
    span.set("outcome", failed ? "failure" : "success");
    if (outcome.status !== undefined) span.set("http.status_code", outcome.status);
    if (failed && outcome.error !== undefined) span.fail(outcome.error);
    span.end(this.nowMs);
  }
}

/** How a call or an attempt ended, as far as spans tell it. */
export interface TracedOutcome {
  readonly status?: number | undefined;
  readonly error?: unknown;
}

/** Whether an attempt counts as one that failed: an error, or an answer that is no success. */
export function isFailure({ status, error }: TracedOutcome): boolean {
  return error !== undefined || (status !== undefined && status >= 300);
}

/** The outcome of a rejection, with the status where the error tells one. */
export function failedWith(error: unknown): TracedOutcome {
  const status = (error as { readonly status?: unknown } | undefined)?.status;
  return { error: error ?? "undefined", status: typeof status === "number" ? status : undefined };
}

/** The attachment of a traced call. */
export const callTrace: ContextKey<CallTrace> = createContextKey("millrace.trace.call");

/** The attachment of a traced attempt: its span. */
export const attemptSpan: ContextKey<Span> = createContextKey("millrace.trace.attempt");

function endpointValues(context: CallContext): Record<string, SpanValue | undefined> {
  const endpoint = context.get(callOptions)?.endpoint;
  if (!endpoint) return {};
  return {
    endpointService: endpoint.service,
    endpointName: endpoint.name,
    "http.method": endpoint.method,
    "http.url_details.path": endpoint.path,
  };
}
