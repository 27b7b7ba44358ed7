import { guarded } from "../guarded.js";
import type { Span, SpanStart, SpanValue, Tracing } from "./tracing.js";

/** Tracing that does no harm: what it throws is a fault, and the call goes on without the span. */
export function guardedTracing(tracing: Tracing): Tracing {
  return {
    start(options: SpanStart): Span {
      const { parent } = options;
      const inner = parent instanceof GuardedSpan ? { ...options, parent: parent.inner } : options;
      const span = guarded("tracing.start", () => tracing.start(inner));
      return span ? new GuardedSpan(span) : noSpan;
    },
    run: (span, work) => (span instanceof GuardedSpan ? tracing.run(span.inner, work) : work()),
  };
}

class GuardedSpan implements Span {
  readonly inner: Span;

  constructor(inner: Span) {
    this.inner = inner;
  }

  get trace(): Span["trace"] {
    return guarded("span.trace", () => this.inner.trace);
  }

  set(name: string, value: SpanValue): void {
    guarded("span.set", () => this.inner.set(name, value));
  }

  fail(error: unknown): void {
    guarded("span.fail", () => this.inner.fail(error));
  }

  end(endMs: number): void {
    guarded("span.end", () => this.inner.end(endMs));
  }
}

const noSpan: Span = {
  trace: undefined,
  set: () => undefined,
  fail: () => undefined,
  end: () => undefined,
};
