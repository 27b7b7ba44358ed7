import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import * as promClient from "prom-client";
import { createHealthSignals, createTopic } from "../base/index.js";
import type { MetricSink } from "../base/metric-sink.js";
import { createStaticResolver, type LookupEvent, openChannel, openTlsFiles } from "../channel/index.js";
import { firstDay, firstHour, keyTwo } from "../channel/tls/certificates.test.fixture.js";
import { type HttpChannel, openHttpChannel } from "../http/index.js";
import { openOrigin } from "../http/origin.test.fixture.js";
import { VirtualClock } from "../testing/virtual-clock.js";
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
    const text = await registry.metrics();
    controller.abort();
    await channel.close();
    const closed = await registry.metrics();
    const lasted = (what: string) =>
      readingOf(
        closed,
        `http_client_connection_duration_seconds_${what}`,
        'network_peer_address="127.0.0.1"',
      );
    assert.ok(lasted("count") >= 3, "one for each member at least");
    assert.ok(lasted("sum") > 0);
    assert.match(
      closed,
      /http_client_connection_duration_seconds_count\{[^}]*server_address="orders.internal"/,
    );

    for (const [name, labels, value] of [
      ["http_client_active_requests", 'http_request_method="GET"', 1],
      ["http_client_request_duration_seconds_count", 'http_response_status_code="200"', 1],
      ["http_client_request_duration_seconds_count", 'error_type="404"', 1],
      ["http_client_request_duration_seconds_count", 'error_type="connection-lost"', 1],
      ["http_client_request_duration_seconds_count", 'http_request_method="_OTHER"', 1],
      ["http_client_open_connections", 'http_connection_state="active"', 1],
      ["dns_lookup_duration_seconds_sum", 'dns_question_name="orders.internal"', 0.02],
      ["health_signal", 'signal="orders"', 1],
    ] as const) {
      assert.equal(readingOf(text, name, labels), value, `${name}{${labels}}\n${text}`);
    }
    metrics[Symbol.dispose]();
    assert.equal((await registry.metrics()).trim(), "");
  });

  it("tells of certificates that were loaded before it, as they are renewed and for as long as they are followed", async () => {
    const folder = await mkdtemp(join(tmpdir(), "millrace-"));
    const [certFile, keyFile] = [join(folder, "cert.pem"), join(folder, "key.pem")];
    await Promise.all([writeFile(certFile, firstHour), writeFile(keyFile, keyTwo)]);
    const signals = createHealthSignals({ remindMs: Infinity });
    const clock = new VirtualClock(Date.UTC(2026, 0, 1));
    await using files = openTlsFiles({ certFile, keyFile, signals, label: "own certificate", clock });
    await files.whenLoaded();
    const registry = new promClient.Registry();
    using _metrics = openMetrics({ sink: createPrometheusSink(promClient, registry), signals });
    const before = await registry.metrics();
    await writeFile(certFile, firstDay);
    await files.reload();
    const renewed = await registry.metrics();
    await files.close();
    await rm(folder, { recursive: true });
    const closed = await registry.metrics();

    const label = `files="${certFile} ${keyFile}"`;
    const validUntil = (text: string) => readingOf(text, "tls_certificate_valid_until", label);
    assert.deepEqual([before, renewed, closed].map(validUntil), [
      Date.UTC(2026, 0, 1, 1) / 1_000,
      Date.UTC(2026, 0, 2) / 1_000,
      Number.NaN,
    ]);
    assert.equal(readingOf(before, "health_signal", 'signal="own certificate"'), 1);
  });

  it("counts every connection of a channel by whether a call is on it", async () => {
    const registry = new promClient.Registry();
    await using origin = await openOrigin();
    await using channel = openHttpChannel(origin.url, { label: "orders", pool: { wanted: 1 } });
    using _metrics = openMetrics({
      sink: createPrometheusSink(promClient, registry),
      channels: () => [channel],
    });
    await channel.whenHealthy();
    const hanging = new AbortController();
    await Promise.all([1, 2, 3].map(() => channel.fetch("/begun", { signal: hanging.signal })));
    await Promise.all([1, 2].map(async () => await (await channel.fetch("/text")).text()));
    const text = await registry.metrics();
    hanging.abort();

    const reading = (state: string) =>
      readingOf(text, "http_client_open_connections", `http_connection_state="${state}"`);
    assert.deepEqual([reading("active"), reading("idle")], [3, 2]);
    const line = text.split("\n").find((each) => each.startsWith("http_client_open_connections{"))!;
    assert.match(line, /network_peer_address="127\.0\.0\.1"/);
    assert.match(line, /url_scheme="http".*network_protocol_version="1\.1"/);
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
        "health_signal",
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
