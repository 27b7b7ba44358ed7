import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import * as promClient from "prom-client";
import { createTopic } from "../base/index.js";
import type { MetricSink } from "../base/metric-sink.js";
import { createStaticResolver, type LookupEvent, openChannel, type TlsReload } from "../channel/index.js";
import { type HttpChannel, openHttpChannel } from "../http/index.js";
import { openOrigin } from "../http/origin.test.fixture.js";
import { openMetrics } from "./open-metrics.js";
import { createOpenTelemetrySink } from "./open-telemetry.js";
import { createPrometheusSink } from "./prometheus.js";

describe("openMetrics", () => {
  it("counts calls, members and look-ups for Prometheus", async () => {
    const registry = new promClient.Registry();
    const sink = createPrometheusSink(promClient, registry);
    await using origin = await openOrigin();
    const channels: HttpChannel[] = [];
    const metrics = openMetrics({ sink, channels: () => channels });
    await using channel = openHttpChannel("http://orders.internal", {
      label: "orders",
      resolver: createStaticResolver([`127.0.0.1:${origin.port}`]),
    });
    channels.push(channel);
    await channel.whenHealthy();
    while (channel.snapshot().healthy < 3) await new Promise((resolve) => setTimeout(resolve, 5));
    const before = await registry.metrics();
    for (const name of ["target", "current", "healthy", "opened"]) {
      assert.equal(readingOf(before, `client_channels_${name}`, 'client_name="orders"'), 3, name);
    }
    await (await channel.fetch("/text")).text();
    await (await channel.request("PROPFIND", "/nowhere")).body.text();
    await assert.rejects(channel.fetch("/drop", { method: "POST" }));
    const controller = new AbortController();
    await channel.fetch("/begun", { signal: controller.signal });
    createTopic<LookupEvent>("millrace.dns.lookup").publish({
      target: "orders.internal",
      durationMs: 20,
      error: undefined,
    });
    createTopic<TlsReload>("millrace.tls.reload").publish({
      files: ["a.pem"],
      error: undefined,
      expiresAt: 1_800_000_000_000,
    });
    const text = await registry.metrics();
    controller.abort();

    for (const [name, labels, value] of [
      ["http_client_active_requests", 'http_request_method="GET"', 1],
      ["http_client_request_duration_seconds_count", 'http_response_status_code="200"', 1],
      ["http_client_request_duration_seconds_count", 'error_type="404"', 1],
      ["http_client_request_duration_seconds_count", 'error_type="connection-lost"', 1],
      ["http_client_request_duration_seconds_count", 'http_request_method="_OTHER"', 1],
      ["http_client_open_connections", 'http_connection_state="active"', 1],
      ["dns_lookup_duration_seconds_sum", 'dns_question_name="orders.internal"', 0.02],
      ["tls_certificate_valid_until", 'files="a.pem"', 1_800_000_000],
    ] as const) {
      assert.equal(readingOf(text, name, labels), value, `${name}{${labels}}\n${text}`);
    }
    metrics[Symbol.dispose]();
    assert.equal((await registry.metrics()).trim(), "");
  });

  it("says the same by OpenTelemetry's names", async () => {
    const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
    const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
    const provider = new MeterProvider({ readers: [reader] });
    const channels: HttpChannel[] = [];
    const sink = createOpenTelemetrySink(provider.getMeter("millrace"));
    const metrics = openMetrics({ sink, channels: () => channels });
    await using origin = await openOrigin();
    await using channel = openHttpChannel(origin.url, { label: "users" });
    channels.push(channel);
    await (await channel.fetch("/text")).text();
    await reader.forceFlush();
    const found = new Map(
      exporter
        .getMetrics()
        .flatMap(({ scopeMetrics }) =>
          scopeMetrics.flatMap((scope) =>
            scope.metrics.map((metric) => [metric.descriptor.name, metric] as const),
          ),
        ),
    );
    metrics[Symbol.dispose]();
    await provider.shutdown();

    assert.deepEqual(
      [...found.keys()].sort(),
      [
        "client_channels_current",
        "client_channels_healthy",
        "client_channels_opened",
        "client_channels_target",
        "http.client.active_requests",
        "http.client.open_connections",
        "http.client.request.duration",
      ].sort(),
    );
    const duration = found.get("http.client.request.duration")!;
    assert.equal(duration.descriptor.unit, "s");
    assert.deepEqual(duration.dataPoints[0]!.attributes, {
      "http.request.method": "GET",
      "http.response.status_code": 200,
      "server.address": "127.0.0.1",
      "server.port": origin.port,
      "url.scheme": "http",
      "network.protocol.version": "1.1",
      client_name: "users",
    });
  });

  it("hears nothing once it is disposed of", async () => {
    const heard: string[] = [];
    const note = (name: string) => ({ record: () => void heard.push(name), [Symbol.dispose]: () => {} });
    const sink: MetricSink = {
      histogram: ({ name }) => note(name),
      counter: ({ name }) => note(name),
      upDownCounter: ({ name }) => note(name),
      gauge: () => ({ [Symbol.dispose]: () => {} }),
    };
    openMetrics({ sink })[Symbol.dispose]();
    await using origin = await openOrigin();
    await using channel = openChannel(origin.url);
    await channel.whenHealthy();

    assert.deepEqual(heard, []);
  });
});

/** The value of the line that has the name and, somewhere, the label. */
function readingOf(text: string, name: string, label: string): number {
  const line = text.split("\n").find((each) => each.startsWith(`${name}{`) && each.includes(label));
  return Number(line?.slice(line.lastIndexOf(" ") + 1));
}
