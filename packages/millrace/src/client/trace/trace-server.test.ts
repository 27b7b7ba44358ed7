import assert from "node:assert/strict";
import { createServer, type IncomingHttpHeaders } from "node:http";
import { after, describe, it } from "node:test";
import * as api from "@opentelemetry/api";
import { createUrlConnector } from "../../channel/connect/to-url.js";
import { openConnectionPool } from "../../channel/pool/connection-pool.js";
import { createContext } from "../../service/context.js";
import { fromFunction } from "../../service/from-function.js";
import { stack } from "../../service/stack.js";
import { settle } from "../../testing/virtual-clock.js";
import { readAll } from "../../wire/http/body.js";
import type { HttpRequest, HttpResponse } from "../../wire/http/message.js";
import { whenResponseDone } from "../../wire/http/when-done.js";
import { openTelemetryTracing } from "../open-telemetry/tracing.js";
import { attemptSpans } from "./attempt-span.js";
import { exchangeSpans } from "./exchange-spans.js";
import { extractTrace } from "./propagation.js";
import { requestSpan } from "./request-span.js";
import { traceSettings } from "./settings.js";
import {
  contextOf,
  exporter,
  finished,
  requestOf,
  responseOf,
  setup,
  spanNamed,
} from "./spans.test.fixture.js";
import { traceServer } from "./trace-server.js";

describe("C11: a server over the wire", () => {
  it("receives the headers of the client's span, and continues the trace", async () => {
    const received: IncomingHttpHeaders[] = [];
    const server = createServer((request, response) => {
      received.push(request.headers);
      response.end("ok");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    after(() => server.close());
    const { port } = server.address() as { port: number };
    const url = new URL(`http://127.0.0.1:${port}`);
    const pool = openConnectionPool({ connector: createUrlConnector(url) });
    after(() => pool.close());
    const settings = traceSettings({
      tracing: openTelemetryTracing(api),
      formats: ["w3c", "b3-multi", "b3-single"],
    });
    const service = stack(
      requestSpan<HttpRequest, HttpResponse>(settings, whenResponseDone),
      attemptSpans<HttpRequest, HttpResponse>(),
      exchangeSpans(settings.formats),
    )(pool);
    exporter.reset();
    const response = await service.call(requestOf(url.host), contextOf());
    assert.equal(Buffer.from(await readAll(response.body)).toString(), "ok");

    const span = spanNamed("millrace: wait-for-headers").spanContext();
    const headers = received[0]!;
    assert.equal(headers["x-b3-traceid"], span.traceId);
    assert.equal(headers["x-b3-spanid"], span.spanId);
    assert.equal(headers["x-b3-sampled"], "1");
    assert.equal(headers["traceparent"], `00-${span.traceId}-${span.spanId}-01`);
    assert.equal(headers["b3"], `${span.traceId}-${span.spanId}-1`);
    assert.deepEqual(extractTrace(headers)?.spanId, span.spanId);
  });
});

describe("traceServer", () => {
  it("continues the trace of a request, and makes the calls of the server a part of it", async () => {
    const { service: client, inner, last } = setup();
    const backend = fromFunction(async (_request: HttpRequest, context) =>
      client.call(requestOf(), contextOf(context)),
    );
    const server = traceServer({ tracing: openTelemetryTracing(api) })(backend);
    const request = requestOf();
    request.fields.append("b3", "463ac35c9f6413ad48485a3953bb6124-a2fb4a1d1a96d312-1");
    const answer = server.call(request, createContext());
    await settle();
    inner.last.respond(responseOf(200));
    await answer;

    const served = finished().find(({ kind }) => kind === api.SpanKind.SERVER)!;
    assert.deepEqual(
      [served.name, served.spanContext().traceId, served.parentSpanContext?.spanId],
      ["GET", "463ac35c9f6413ad48485a3953bb6124", "a2fb4a1d1a96d312"],
    );
    assert.equal(served.attributes["http.response.status_code"], 200);
    assert.equal(last("request").parentSpanContext?.spanId, served.spanContext().spanId);
  });

  it("makes the server's span current for whoever asks OpenTelemetry", async () => {
    let current: string | undefined;
    const backend = fromFunction((_request: HttpRequest) => {
      current = api.trace.getActiveSpan()?.spanContext().spanId;
      return responseOf(500);
    });
    exporter.reset();
    await traceServer({ tracing: openTelemetryTracing(api) })(backend).call(requestOf(), createContext());

    assert.equal(current, finished()[0]!.spanContext().spanId);
    assert.equal(finished()[0]!.status.code, api.SpanStatusCode.ERROR);
  });

  it("tells of a failure", async () => {
    const backend = fromFunction((): HttpResponse => {
      throw new Error("broken");
    });
    exporter.reset();
    const answer = traceServer({ tracing: openTelemetryTracing(api) })(backend).call(
      requestOf(),
      createContext(),
    );

    await assert.rejects(answer, /broken/);
    assert.equal(finished()[0]!.status.message, "broken");
  });
});
