import type { CallContext } from "../../service/context.js";
import type { Policy } from "../../service/service.js";
import { withCall } from "../../service/with-call.js";
import type { HttpRequest, HttpResponse } from "../../wire/http/message.js";
import { attemptSpan, type CallTrace, callTrace, failedWith } from "./call-trace.js";
import { injectTrace, type TraceFormat } from "./propagation.js";
import type { TraceContext } from "./trace-context.js";
import { type Span, type SpanValue, spanParent, traceOf } from "./tracing.js";

/**
 * Traces the exchange with the server as `wait-for-headers`, the one span that the server hears of, and
 * `wait-for-body`, which ends when the body has been read, broke off or was given up.
 *
 * Belongs inside the choice of the server, so that the span can say which it is. Outside of
 * {@link requestSpan} it passes on the trace that the context is a part of, if any, and traces nothing.
 */
export function exchangeSpans(formats: readonly TraceFormat[]): Policy<HttpRequest, HttpResponse> {
  return (inner) =>
    withCall(inner, (request, context) => {
      const trace = context.get(callTrace);
      if (!trace) return inner.call(toldOf(passedOn(context), request, formats), context);

      const parent = context.get(attemptSpan) ?? trace.root;
      const values = exchangeValues(request, trace);
      const span = trace.start({ name: "wait-for-headers", kind: "client", parent, values });
      return inner.call(toldOf(span.trace, request, formats), context).then(
        (response) => {
          span.set("http.response.status_code", response.status);
          trace.end(span, response);
          traceBody(response, trace, trace.start({ name: "wait-for-body", parent }));
          return response;
        },
        (error: unknown) => {
          trace.end(span, failedWith(error));
          throw error;
        },
      );
    });
}

function passedOn(context: CallContext): TraceContext | undefined {
  const parent = context.get(spanParent);
  return parent && traceOf(parent);
}

function toldOf(
  trace: TraceContext | undefined,
  request: HttpRequest,
  formats: readonly TraceFormat[],
): HttpRequest {
  if (!trace) return request;
  const fields = request.fields.clone();
  injectTrace(fields, trace, formats);
  return { ...request, fields };
}

function traceBody({ body, stream }: HttpResponse, trace: CallTrace, span: Span): void {
  if (stream) stream.onClosed(() => span.end(trace.nowMs));
  else if (body.kind !== "stream") span.end(trace.nowMs);
  else {
    body.onDone((error) => {
      if (error) span.fail(error);
      span.end(trace.nowMs);
    });
  }
}

/** What OpenTelemetry's conventions say of an HTTP request; never its path, which may hold anything. */
function exchangeValues({ method, target }: HttpRequest, trace: CallTrace) {
  const values: Record<string, SpanValue | undefined> = {
    "http.request.method": method,
    "url.template": trace.values["http.url_details.path"],
    "url.scheme": target.scheme,
  };
  const [, host, port] = /^(.*?)(?::(\d+))?$/.exec(target.authority) ?? [];
  if (host) values["server.address"] = host;
  if (port) values["server.port"] = Number(port);
  if (trace.failures > 0) values["http.request.resend_count"] = trace.failures;
  return values;
}
