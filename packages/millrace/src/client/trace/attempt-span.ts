import type { Policy } from "../../service/service.js";
import { withCall } from "../../service/with-call.js";
import { attemptSpan, callTrace, failedWith, isFailure, type TracedOutcome } from "./call-trace.js";

/**
 * Traces each attempt of a call as one span, `attempt`, with how many failed before it, and the time
 * between two as `backoff-with-jitter`. Belongs right inside the layer that retries; does nothing
 * outside of {@link requestSpan}.
 */
export function attemptSpans<Request, Response extends { readonly status: number }>(): Policy<
  Request,
  Response
> {
  return (inner) =>
    withCall(inner, (request, context) => {
      const trace = context.get(callTrace);
      if (!trace) return inner.call(request, context);
      const parent = trace.root;
      if (trace.attemptEndedMs > 0) {
        const startMs = trace.attemptEndedMs;
        trace.start({ name: "backoff-with-jitter", parent, startMs }).end(trace.nowMs);
      }
      const values = { ...trace.values, failures: trace.failures };
      const span = trace.start({ name: "attempt", parent, values });
      context.set(attemptSpan, span);
      const end = (outcome: TracedOutcome) => {
        if (isFailure(outcome)) trace.failures += 1;
        trace.end(span, outcome);
        trace.attemptEndedMs = trace.nowMs;
      };
      return inner.call(request, context).then(
        (response) => {
          end(response);
          return response;
        },
        (error: unknown) => {
          end(failedWith(error));
          throw error;
        },
      );
    });
}
