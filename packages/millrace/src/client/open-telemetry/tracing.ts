import type { Context, HrTime, Span as OtelSpan, SpanContext, Tracer, TraceState } from "@opentelemetry/api";
import type { TraceContext } from "../trace/trace-context.js";
import type { Span, SpanParent, SpanStart, SpanValue, Tracing } from "../trace/tracing.js";
import { version } from "../version.js";

/** What is used of the module `@opentelemetry/api`: hand in `import * as api from "@opentelemetry/api"`. */
export interface OpenTelemetryApi {
  /** Which span is the current one. */
  readonly context: {
    active(): Context;
    with<T>(context: Context, work: () => T): T;
  };
  /** Makes tracers, and puts spans into contexts. */
  readonly trace: {
    getTracer(name: string, version?: string): Tracer;
    setSpan(context: Context, span: OtelSpan): Context;
    setSpanContext(context: Context, spanContext: SpanContext): Context;
    isSpanContextValid(spanContext: SpanContext): boolean;
  };
  /** The context without a span. */
  readonly ROOT_CONTEXT: Context;
  /** Reads the text of a `tracestate` header. */
  readonly createTraceState: (text?: string) => TraceState;
  /** The numbers of the kinds of spans. */
  readonly SpanKind: { readonly INTERNAL: number; readonly CLIENT: number; readonly SERVER: number };
  /** The numbers of what became of a span. */
  readonly SpanStatusCode: { readonly ERROR: number };
}

/**
 * Makes spans with the OpenTelemetry SDK that the process has registered; without one they cost next to
 * nothing and go nowhere. The module is handed in, so that who does not trace need not install it.
 */
export function openTelemetryTracing(api: OpenTelemetryApi): Tracing {
  const tracer = api.trace.getTracer("millrace", version);
  const kinds = { internal: api.SpanKind.INTERNAL, client: api.SpanKind.CLIENT, server: api.SpanKind.SERVER };

  return {
    start({ name, kind, parent, startMs, values }: SpanStart): Span {
      const context = contextOf(api, parent);
      const attributes = definedOf(values);
      const span = tracer.startSpan(
        name,
        { kind: kinds[kind], startTime: timeOf(startMs), attributes },
        context,
      );
      return new TracedSpan(api, span, context);
    },
    run: (span, work) => (span instanceof TracedSpan ? api.context.with(span.context, work) : work()),
  };
}

class TracedSpan implements Span {
  readonly #api: OpenTelemetryApi;
  readonly #span: OtelSpan;
  readonly #parent: Context;

  constructor(api: OpenTelemetryApi, span: OtelSpan, parent: Context) {
    this.#api = api;
    this.#span = span;
    this.#parent = parent;
  }

  /** The context in which this span is the current one. */
  get context(): Context {
    return this.#api.trace.setSpan(this.#parent, this.#span);
  }

  get trace(): TraceContext | undefined {
    const context = this.#span.spanContext();
    if (!this.#api.trace.isSpanContextValid(context)) return undefined;
    const { traceId, spanId, traceFlags, traceState } = context;
    const state = traceState?.serialize() ?? "";
    return { traceId, spanId, sampled: (traceFlags & 1) === 1, debug: false, state };
  }

  set(name: string, value: SpanValue): void {
    this.#span.setAttribute(name, value);
  }

  fail(error: unknown): void {
    if (!this.#span.isRecording()) return;
    this.#span.setAttribute("error.type", errorType(error));
    const message = error instanceof Error ? { message: error.message } : {};
    this.#span.setStatus({ code: this.#api.SpanStatusCode.ERROR, ...message });
  }

  end(endMs: number): void {
    this.#span.end(timeOf(endMs));
  }
}

function contextOf(api: OpenTelemetryApi, parent: SpanParent | undefined): Context {
  if (!parent) return api.context.active();
  if (parent instanceof TracedSpan) return parent.context;
  const remote = "traceId" in parent ? parent : parent.trace;
  if (!remote) return api.ROOT_CONTEXT;
  const { traceId, spanId, sampled, state } = remote;
  return api.trace.setSpanContext(api.ROOT_CONTEXT, {
    traceId,
    spanId,
    traceFlags: sampled === true ? 1 : 0,
    isRemote: true,
    ...(state === "" ? {} : { traceState: api.createTraceState(state) }),
  });
}

/** As seconds and nanoseconds: a plain number before the start of the process would be read as a time since then. */
function timeOf(epochMs: number): HrTime {
  const seconds = Math.floor(epochMs / 1_000);
  return [seconds, Math.round((epochMs - seconds * 1_000) * 1e6)];
}

function definedOf(values: SpanStart["values"]): Record<string, SpanValue> {
  const defined: Record<string, SpanValue> = {};
  for (const [name, value] of Object.entries(values)) if (value !== undefined) defined[name] = value;
  return defined;
}

/** A name of low cardinality: the code of our own errors, else the class. */
function errorType(error: unknown): string {
  if (!(error instanceof Error)) return "_OTHER";
  const { code } = error as { readonly code?: unknown };
  return typeof code === "string" ? code : error.name;
}
