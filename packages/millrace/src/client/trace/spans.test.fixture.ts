import assert from "node:assert/strict";
import * as api from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-base";
import { type CallContext, createContext } from "../../service/context.js";
import { concurrencyLimit } from "../../service/middleware/concurrency-limit.js";
import { retry } from "../../service/middleware/retry.js";
import type { Policy, Service } from "../../service/service.js";
import { stack } from "../../service/stack.js";
import { MockService } from "../../testing/mock-service.js";
import { VirtualClock } from "../../testing/virtual-clock.js";
import { type Body, emptyBody } from "../../wire/http/body.js";
import { Fields } from "../../wire/http/fields.js";
import type { HttpRequest, HttpResponse } from "../../wire/http/message.js";
import { whenResponseDone } from "../../wire/http/when-done.js";
import { callOptions } from "../call/call-options.js";
import { openTelemetryTracing } from "../open-telemetry/tracing.js";
import { attemptSpans } from "./attempt-span.js";
import { exchangeSpans } from "./exchange-spans.js";
import { requestSpan } from "./request-span.js";
import { type TraceOptions, traceSettings } from "./settings.js";
import { waitSpan } from "./wait-span.js";

/** Holds the spans that ended. */
export const exporter = new InMemorySpanExporter();
/** Makes the spans. */
export const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
api.trace.setGlobalTracerProvider(provider);
api.context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());

const endpoint = {
  service: "W",
  version: "1",
  name: "getWidget",
  method: "GET",
  path: "/widgets/{id}",
};

/** The layers that make spans in the order of a client, over a service in the hands of the test. */
export function setup(options: Partial<TraceOptions> = {}, attempts = 2) {
  exporter.reset();
  const clock = new VirtualClock();
  const inner = new MockService<HttpRequest, HttpResponse>();
  const settings = traceSettings({ tracing: openTelemetryTracing(api), clock, ...options });
  const permit = waitSpan("acquire-permit");
  const again: Policy<HttpRequest, HttpResponse> = retry({
    attempts,
    clock,
    policy: {
      shouldRetry: (_, outcome) =>
        "error" in outcome || outcome.response.status === 503 ? { delayMs: 100 } : false,
    },
  });
  const service: Service<HttpRequest, HttpResponse> = stack(
    requestSpan<HttpRequest, HttpResponse>(settings, whenResponseDone),
    again,
    attemptSpans<HttpRequest, HttpResponse>(),
    permit.outside<HttpRequest, HttpResponse>(),
    concurrencyLimit<HttpRequest, HttpResponse>({ limit: 1 }),
    permit.inside<HttpRequest, HttpResponse>({ node: 3 }),
    exchangeSpans(settings.formats),
  )(inner);
  const request = requestOf();
  const call = (context = createContext()) => service.call(request, contextOf(context));
  const names = (prefix = "millrace: ") => finished().map(({ name }) => name.replace(prefix, ""));
  const last = (name: string) => spanNamed(`millrace: ${name}`);
  return { clock, inner, service, request, call, names, last, tree };
}

/** The context of a call of the endpoint. */
export function contextOf(context: CallContext = createContext()): CallContext {
  context.set(callOptions, { endpoint });
  return context;
}

/** A request of the endpoint, to a server of that name. */
export function requestOf(authority = "widgets.local:8080"): HttpRequest {
  const target = { form: "origin", path: "/widgets/w1", authority, scheme: "http" } as const;
  return { method: "GET", target, minorVersion: 1, fields: new Fields(), body: emptyBody };
}

/** An answer without fields. */
export function responseOf(status: number, body: Body = emptyBody): HttpResponse {
  return { status, reason: "", fields: new Fields(), body };
}

/** All spans that have ended, in the order of their ends. */
export function finished(): ReadableSpan[] {
  return exporter.getFinishedSpans();
}

/** The one of that name that has ended last; fails when there is none. */
export function spanNamed(name: string): ReadableSpan {
  return finished().findLast((span) => span.name === name) ?? assert.fail(`no span ${name}`);
}

/** How long spans took, in milliseconds. */
export function durationsOf(...spans: ReadableSpan[]): number[] {
  return spans.map(({ duration: [seconds, nanos] }) => seconds * 1_000 + nanos / 1e6);
}

/** The spans by name, each below its parent, in order of their beginning. */
function tree(parent?: string, depth = 0): string[] {
  const spans = finished();
  const children = spans
    .filter(({ parentSpanContext }) => parentSpanContext?.spanId === parent)
    .sort((a, b) => compareTimes(a.startTime, b.startTime) || idOrder(spans, a) - idOrder(spans, b));
  return children.flatMap((span) => {
    const failures = span.attributes["failures"];
    const name = span.name.replace("millrace: ", "") + (failures === undefined ? "" : ` ${Number(failures)}`);
    return ["  ".repeat(depth) + name, ...tree(span.spanContext().spanId, depth + 1)];
  });
}

function compareTimes(a: api.HrTime, b: api.HrTime): number {
  return a[0] - b[0] || a[1] - b[1];
}

/** Spans that begin at once are in the order in which they ended. */
function idOrder(spans: ReadableSpan[], span: ReadableSpan): number {
  return spans.indexOf(span);
}
