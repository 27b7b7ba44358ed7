import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as api from "@opentelemetry/api";
import { isMillraceError } from "../../base/errors.js";
import { createContext } from "../../service/context.js";
import { stack } from "../../service/stack.js";
import { MockService } from "../../testing/mock-service.js";
import type { HttpRequest, HttpResponse } from "../../wire/http/message.js";
import { streamOf } from "../conjure/stream-of.test.fixture.js";
import { openTelemetryTracing } from "../open-telemetry/tracing.js";
import { attemptSpans } from "./attempt-span.js";
import { exchangeSpans } from "./exchange-spans.js";
import { extractTrace } from "./propagation.js";
import { traceSettings } from "./settings.js";
import { durationsOf, provider, requestOf, responseOf, setup } from "./spans.test.fixture.js";
import { spanParent } from "./tracing.js";
import { waitSpan } from "./wait-span.js";

const failing = new Error("reset");

describe("the spans of a call", () => {
  it("nest as request, attempt, acquire-permit, wait-for-headers and wait-for-body, with back-off between", async () => {
    const { clock, inner, call, tree, last } = setup();
    const answer = call();
    await clock.advance(10);
    inner.last.respond(responseOf(503));
    await clock.advance(200);
    const stream = streamOf([], undefined, { open: true });
    await clock.advance(30);
    inner.last.respond(responseOf(200, stream.body));
    const response = await answer;

    const attempt = (failures: number, more: string[] = []) => [
      `attempt ${failures}`,
      "  acquire-permit",
      "  wait-for-headers",
      ...more.map((name) => `  ${name}`),
    ];
    const nested = (names: string[]) => names.map((name) => `  ${name}`);
    assert.deepEqual(tree(), [
      "request",
      ...nested([...attempt(0, ["wait-for-body"]), "backoff-with-jitter", ...attempt(1)]),
    ]);
    (response.body as typeof stream.body).cancel();
    assert.deepEqual(tree().at(-1), "    wait-for-body");
    assert.deepEqual(
      durationsOf(last("backoff-with-jitter"), last("attempt"), last("request")),
      [100, 130, 240],
    );
  });

  it("say what was called and how it came out", async () => {
    const { inner, call, last } = setup();
    const answer = call();
    inner.last.respond(responseOf(200));
    await answer;

    const what = {
      endpointService: "W",
      endpointName: "getWidget",
      "http.method": "GET",
      "http.url_details.path": "/widgets/{id}",
    };
    const good = { outcome: "success", "http.status_code": 200 };
    assert.deepEqual(last("request").attributes, { ...what, ...good });
    assert.deepEqual(last("attempt").attributes, { ...what, failures: 0, ...good });
    assert.deepEqual(last("acquire-permit").attributes, { node: 3 });
    assert.deepEqual(last("wait-for-headers").attributes, {
      "http.request.method": "GET",
      "url.template": "/widgets/{id}",
      "url.scheme": "http",
      "server.address": "widgets.local",
      "server.port": 8080,
      "http.response.status_code": 200,
      ...good,
    });
    assert.equal(last("wait-for-headers").kind, api.SpanKind.CLIENT);
  });

  it("tell of a failure, and have no wait-for-body when no answer came", async () => {
    const { clock, inner, call, last, names } = setup({}, 1);
    const rejected = assert.rejects(call(), failing);
    inner.last.fail(failing);
    await clock.advance(0);

    await rejected;
    assert.equal(names().includes("wait-for-body"), false);
    for (const name of ["request", "attempt", "wait-for-headers"]) {
      assert.equal(last(name).attributes["outcome"], "failure");
      assert.equal(last(name).attributes["error.type"], "Error");
      assert.deepEqual(last(name).status, { code: api.SpanStatusCode.ERROR, message: "reset" });
    }
  });

  it("end the wait for a permit that never comes", async () => {
    const { inner, call, last, names } = setup({}, 1);
    const first = call();
    const context = createContext();
    const second = call(context);
    context.abort(new Error("changed my mind"));

    await assert.rejects(second, /changed my mind/);
    inner.last.respond(responseOf(200));
    await first;
    assert.equal(names().filter((name) => name === "acquire-permit").length, 2);
    assert.equal(names().filter((name) => name === "wait-for-headers").length, 1);
    assert.equal(last("request").attributes["outcome"], "success");
  });

  it("tell of a body that breaks off", async () => {
    const { inner, call, last } = setup();
    const answer = call();
    const stream = streamOf([], undefined, { open: true });
    inner.last.respond(responseOf(200, stream.body));
    await answer;
    stream.fail(new Error("reset"));

    assert.equal(last("wait-for-body").status.message, "reset");
  });

  it("are a part of the span that is current for the caller", async () => {
    const { inner, call, last } = setup();
    const outer = provider.getTracer("test").startSpan("outer");
    const answer = api.context.with(api.trace.setSpan(api.context.active(), outer), () => call());
    inner.last.respond(responseOf(200));
    await answer;

    assert.equal(last("request").parentSpanContext?.spanId, outer.spanContext().spanId);
  });

  it("are a part of what the context says, before what is current", async () => {
    const { inner, call, last } = setup();
    const context = createContext();
    const traceId = "463ac35c9f6413ad48485a3953bb6124";
    context.set(spanParent, {
      traceId,
      spanId: "a2fb4a1d1a96d312",
      sampled: true,
      debug: false,
      state: "a=1",
    });
    const answer = call(context);
    inner.last.respond(responseOf(200));
    await answer;

    assert.deepEqual(
      [last("request").spanContext().traceId, last("request").parentSpanContext?.spanId],
      [traceId, "a2fb4a1d1a96d312"],
    );
    assert.match(inner.last.request.fields.get("tracestate") ?? "", /^a=1$/);
  });

  it("leave the request of the caller as it was", async () => {
    const { inner, call, request } = setup();
    const answer = call();
    inner.last.respond(responseOf(200));
    await answer;

    assert.equal(request.fields.size, 0);
    assert.deepEqual(
      [...inner.last.request.fields].map(([name]) => name),
      ["traceparent", "X-B3-TraceId", "X-B3-SpanId", "X-B3-Sampled"],
    );
  });

  it("have the names of conjure-runtime when that is their prefix", async () => {
    const { inner, call, names } = setup({ prefix: "conjure-runtime" });
    const answer = call();
    inner.last.respond(responseOf(200));
    await answer;

    assert.equal(
      names("conjure-runtime: ").every((name) => !name.includes(":")),
      true,
    );
  });

  it("leave no timer and no listener on a context that outlives them", async () => {
    const { clock, inner, call } = setup();
    const context = createContext();
    const answer = call(context);
    inner.last.respond(responseOf(200));
    await answer;
    context.abort();

    assert.equal(inner.last.context.aborted, false);
    assert.equal(clock.pending, 0);
  });

  it("cost nothing but the passing on of a trace outside of requestSpan", async () => {
    const inner = new MockService<HttpRequest, HttpResponse>();
    const { outside, inside } = waitSpan("acquire-permit");
    const service = stack(
      attemptSpans<HttpRequest, HttpResponse>(),
      outside<HttpRequest, HttpResponse>(),
      inside<HttpRequest, HttpResponse>(),
      exchangeSpans(["b3-single"]),
    )(inner);
    const plain = requestOf();
    void service.call(plain, createContext());
    assert.equal(inner.last.request, plain);

    const context = createContext();
    const trace = extractTrace({ b3: `${"1".repeat(32)}-${"2".repeat(16)}-1` })!;
    context.set(spanParent, trace);
    void service.call(plain, context);
    assert.equal(inner.last.request.fields.get("b3"), `${"1".repeat(32)}-${"2".repeat(16)}-1`);
  });

  it("go nowhere and change nothing while OpenTelemetry has no SDK", async () => {
    api.trace.disable();
    try {
      const { inner, call, names, request } = setup();
      const answer = call();
      inner.last.respond(responseOf(200));
      await answer;

      assert.deepEqual(names(), []);
      assert.equal(inner.last.request, request);
    } finally {
      api.trace.setGlobalTracerProvider(provider);
    }
  });

  it("reject a format nobody knows", () => {
    assert.throws(
      () => traceSettings({ tracing: openTelemetryTracing(api), formats: ["b4" as "w3c"] }),
      (error) => isMillraceError(error, "invalid-options") && /trace\.formats/.test(error.message),
    );
  });
});
