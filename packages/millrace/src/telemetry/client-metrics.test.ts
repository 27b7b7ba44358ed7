import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, describe, it } from "node:test";
import * as promClient from "prom-client";
import { openClient } from "../client/index.js";
import { createClientMetrics } from "../client/metrics/index.js";
import { openMetrics } from "./open-metrics.js";
import { createPrometheusSink } from "./prometheus.js";

describe("a sink for Prometheus", () => {
  it("takes the metrics of clients and of their channels side by side", async () => {
    const registry = new promClient.Registry();
    const sink = createPrometheusSink(promClient, registry);
    const server = createServer((_request, response) => response.end("{}"));
    after(() => {
      server.closeAllConnections();
      server.close();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const names = ["opentelemetry", "conjure", "conjure-legacy"] as const;
    const metrics = createClientMetrics({ sink, names });
    const channels = openMetrics({ sink, calls: false });
    const client = await openClient({
      service: "widgets",
      uris: [`http://127.0.0.1:${port}`],
      userAgent: { primary: { name: "test", version: "1" } },
      metrics,
    });
    await client.fetch("/widgets");
    const text = await registry.metrics();
    await client.close();

    assert.match(
      text,
      /^http_client_request_duration_seconds_count\{http_request_method="GET",.*"200"\} 1$/m,
    );
    assert.match(text, /^client_response_seconds_count\{.*success.*\} 1$/m);
    assert.match(text, /^conjure_runtime_concurrencylimiter_in_flight\{.*\} 0$/m);
    assert.match(text, /^# TYPE client_channels_opened counter$/m);
    for (const measured of [metrics, channels]) measured[Symbol.dispose]();
    assert.equal(await registry.metrics(), "\n");
  });
});
