import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, describe, it } from "node:test";
import { createConjureBridge } from "./conjure/bridge/bridge.js";
import { WidgetService } from "./conjure/bridge/widget-service.test.fixture.js";
import { errorAnswer } from "./conjure/server/error-answer.js";
import { HostMetricsRegistry } from "./metrics/host-metrics.js";
import { createClientMetrics } from "./metrics/instruments.js";
import { createMemorySink } from "./metrics/memory-sink.js";
import { openClient } from "./open-client.js";

describe("a generated client over a client of a service", () => {
  it("is tried again, and its calls are told apart by endpoint", async () => {
    const { client, sink } = await setup();
    const bridge = createConjureBridge(client, { userAgent: { productName: "test", productVersion: "1" } });
    const service = new WidgetService(bridge);

    assert.deepEqual(await service.getWidget("w1"), { ok: true });
    const [series] = sink.read().filter(({ name }) => name === "client.response");
    assert.deepEqual(
      [series?.labels["service-name"], series?.labels["endpoint"]],
      ["WidgetService", "getWidget"],
    );
  });

  it("C9: gives errors that pass on through a server of its own", async () => {
    const { client } = await setup(404, JSON.stringify(notFound));
    const userAgent = { productName: "test", productVersion: "1" };
    const bridge = createConjureBridge(client, { userAgent, errors: { serviceError: "propagate" } });
    const error = await new WidgetService(bridge).getWidget("w1").catch((error: unknown) => error);

    assert.deepEqual(errorAnswer(error).error, notFound);
    assert.equal(errorAnswer(error).status, 404);
  });
});

const notFound = {
  errorCode: "NOT_FOUND",
  errorName: "Widgets:WidgetNotFound",
  errorInstanceId: "b8a0f9d8-5c0c-4a4f-9d3b-3e0d8b2a4f11",
  parameters: { widgetId: "w1" },
};

describe("a client that is measured", () => {
  it("tells of calls, attempts, limiters and hosts", async () => {
    const { client, sink, hostMetrics, port } = await setup();
    assert.deepEqual(await client.get("/widgets/{id}", { path: { id: "w1" } }), { ok: true });

    const found = Object.fromEntries(sink.read().map((series) => [series.name, series]));
    assert.deepEqual(Object.keys(found).sort(), [
      "client.request",
      "client.response",
      "conjure-runtime.concurrencylimiter.in-flight",
      "conjure-runtime.concurrencylimiter.max",
      "http.client.active_requests",
      "http.client.request.duration",
    ]);
    assert.deepEqual(
      [found["client.response"]?.labels["channel-name"], found["client.response"]?.labels["status"]],
      ["widgets", "success"],
    );
    const attempts = sink.read().filter(({ name }) => name === "http.client.request.duration");
    assert.deepEqual(
      attempts.map(({ labels }) => [labels["http.response.status_code"], labels["url.template"]]),
      [
        [503, "/widgets/{id}"],
        [200, "/widgets/{id}"],
      ],
    );
    assert.deepEqual(found["conjure-runtime.concurrencylimiter.max"]?.labels, {
      service: "widgets",
      hostIndex: 0,
    });
    assert.equal(found["conjure-runtime.concurrencylimiter.in-flight"]?.value, 0);
    const [host] = hostMetrics.hosts();
    assert.deepEqual(
      [host?.service, host?.host, host?.port, host?.qos.count, host?.success.count],
      ["widgets", "127.0.0.1", port, 1, 1],
    );

    await client.close();
    assert.equal(
      sink.read().some(({ name }) => name.startsWith("conjure-runtime.")),
      false,
    );
  });
});

async function setup(status = 200, body = '{"ok":true}') {
  let count = 0;
  const server = createServer((_request, response) => {
    count += 1;
    response.writeHead(count === 1 ? 503 : status, { "Content-Type": "application/json" }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  const sink = createMemorySink();
  const hostMetrics = new HostMetricsRegistry();
  const client = await openClient({
    service: "widgets",
    uris: [`http://127.0.0.1:${port}`],
    userAgent: { primary: { name: "test", version: "1" } },
    backoffSlotMs: 0,
    metrics: createClientMetrics({ sink, names: ["opentelemetry", "conjure", "conjure-legacy"] }),
    hostMetrics,
  });
  after(async () => {
    await client.close();
    server.closeAllConnections();
    server.close();
  });
  return { client, sink, hostMetrics, port };
}
