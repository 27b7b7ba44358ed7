import { createContextKey } from "../../service/context.js";
import type { Policy } from "../../service/service.js";
import { withCall } from "../../service/with-call.js";
import { attemptSpan, type CallTrace, callTrace } from "./call-trace.js";
import type { Span, SpanValue } from "./tracing.js";

/** Two layers with one between them, whose wait they trace. */
export interface WaitSpan {
  /** Belongs outside: the span begins here. */
  outside<Request, Response>(): Policy<Request, Response>;
  /** Belongs inside: the span ends here, and what is known only now is said of it. */
  inside<Request, Response>(values?: Readonly<Record<string, SpanValue>>): Policy<Request, Response>;
}

interface Waiting {
  readonly trace: CallTrace;
  readonly span: Span;
  ended: boolean;
}

/**
 * Traces how long calls wait in the layer between two others: `acquire-permit` around a limiter,
 * `balanced-node-selection` around a balancer with the inner layer on each member. Does nothing outside
 * of {@link requestSpan}. A call that fails in the layer ends its span.
 */
export function waitSpan(name: string): WaitSpan {
  const key = createContextKey<Waiting>(`millrace.trace.${name}`);

  const outside = <Request, Response>(): Policy<Request, Response> => {
    return (inner) =>
      withCall(inner, (request, context) => {
        const trace = context.get(callTrace);
        if (!trace) return inner.call(request, context);
        const span = trace.start({ name, parent: context.get(attemptSpan) ?? trace.root });
        const waiting = { trace, span, ended: false };
        context.set(key, waiting);
        const answer = inner.call(request, context);
        answer.catch((error: unknown) => {
          if (!waiting.ended) span.fail(error);
          end(waiting);
        });
        return answer;
      });
  };

  const inside = <Request, Response>(values: Readonly<Record<string, SpanValue>> = {}) => {
    const policy: Policy<Request, Response> = (inner) =>
      withCall(inner, (request, context) => {
        const waiting = context.get(key);
        if (waiting && !waiting.ended) {
          for (const [name, value] of Object.entries(values)) waiting.span.set(name, value);
          end(waiting);
        }
        return inner.call(request, context);
      });
    return policy;
  };

  return { outside, inside };
}

function end(waiting: Waiting): void {
  if (waiting.ended) return;
  waiting.ended = true;
  waiting.span.end(waiting.trace.nowMs);
}
