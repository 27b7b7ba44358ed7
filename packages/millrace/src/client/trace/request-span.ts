import { deriveContext } from "../../service/context.js";
import { type WhenDone, whenOver } from "../../service/done.js";
import type { Policy } from "../../service/service.js";
import { withCall } from "../../service/with-call.js";
import { CallTrace, callTrace, failedWith } from "./call-trace.js";
import type { TraceSettings } from "./settings.js";
import { spanParent } from "./tracing.js";

/**
 * Traces each call as one span, `request`, from the call to its response or failure, all attempts
 * included. The other span layers work inside this one only.
 *
 * The span is a part of what the context says ({@link spanParent}), else of what the tracing system
 * holds for current.
 */
export function requestSpan<Request, Response extends { readonly status: number }>(
  settings: TraceSettings,
  whenDone?: WhenDone<Response>,
): Policy<Request, Response> {
  return (inner) =>
    withCall(inner, (request, context) => {
      const trace = new CallTrace(settings, context, context.get(spanParent));
      // Its own context: whoever called may make other calls with theirs.
      const control = deriveContext(context);
      control.set(callTrace, trace);
      return inner.call(request, control).then(
        (response) => {
          trace.end(trace.root, response);
          whenOver(whenDone, response, control);
          return response;
        },
        (error: unknown) => {
          trace.end(trace.root, failedWith(error));
          control.release();
          throw error;
        },
      );
    });
}
