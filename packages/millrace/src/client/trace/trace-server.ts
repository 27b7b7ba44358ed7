import type { Policy } from "../../service/service.js";
import { withCall } from "../../service/with-call.js";
import type { HttpRequest, HttpResponse } from "../../wire/http/message.js";
import { extractTrace } from "./propagation.js";
import { type TraceOptions, traceSettings } from "./settings.js";
import { type Span, spanParent } from "./tracing.js";

/**
 * Traces the requests that a server answers, as parts of the traces they belong to, and makes what is
 * called meanwhile a part of them: calls with the request's context, or with one derived from it.
 *
 * Spans are named after the method alone: paths are without number. Say more with the span, which the
 * context holds under {@link spanParent}. Without `formats` it understands all of them.
 *
 * @throws MillraceError `invalid-options`, at once, when an option is out of its range
 */
export function traceServer(options: TraceOptions): Policy<HttpRequest, HttpResponse> {
  const { tracing, clock } = traceSettings(options);
  return (inner) =>
    withCall(inner, (request, context) => {
      const epochMs = clock.wallTime() - clock.now();
      const end = (span: Span) => span.end(epochMs + clock.now());
      const span = tracing.start({
        name: request.method,
        kind: "server",
        parent: extractTrace(request.fields, options.formats),
        startMs: epochMs + clock.now(),
        values: { "http.request.method": request.method, "url.scheme": request.target.scheme },
      });
      context.set(spanParent, span);
      return tracing
        .run(span, () => inner.call(request, context))
        .then(
          (response) => {
            span.set("http.response.status_code", response.status);
            if (response.status >= 500) span.fail(undefined);
            end(span);
            return response;
          },
          (error: unknown) => {
            span.fail(error);
            end(span);
            throw error;
          },
        );
    });
}
