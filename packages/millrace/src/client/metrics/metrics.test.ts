import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { isMillraceError, MillraceError } from "../../base/errors.js";
import { createContext } from "../../service/context.js";
import { MockService } from "../../testing/mock-service.js";
import { settle, VirtualClock } from "../../testing/virtual-clock.js";
import { callOptions } from "../call/call-options.js";
import { callMetrics } from "./call-metrics.js";
import { HostMetricsRegistry } from "./host-metrics.js";
import { createClientMetrics, type MetricNames } from "./instruments.js";
import { createMemorySink } from "./memory-sink.js";
import { Meter } from "./meter.js";
import { nodeMetrics } from "./node-metrics.js";
import { Timer } from "./timer.js";

const endpoint = { service: "W", version: "1", name: "getWidget", method: "GET", path: "/widgets/{id}" };

describe("callMetrics", () => {
  it("times calls until their response as client.response, by endpoint and outcome", async () => {
    const { call, sink } = callSetup(["conjure"]);
    await call(200, 10);
    await call(404, 20);
    await call(new Error("reset"), 30);

    const labels = { "channel-name": "widgets", "service-name": "W", endpoint: "getWidget" };
    assert.deepEqual(
      sink.read().map(({ name, labels, value, timer }) => [name, labels, value, timer?.maxMs]),
      [
        ["client.response", { ...labels, status: "success" }, 1, 10],
        ["client.response", { ...labels, status: "failure" }, 2, 30],
      ],
    );
  });

  it("has the names of the first releases: client.request and client.request.error", async () => {
    const { call, sink } = callSetup(["conjure-legacy"]);
    await call(200, 10);
    await call(500, 20);
    await call(new MillraceError("x", { code: "connection-lost", unsent: false }), 30);
    await call(new MillraceError("x", { code: "overloaded", unsent: true }), 0);

    assert.deepEqual(
      sink.read().map(({ name, labels, value }) => [name, labels, value]),
      [
        ["client.request", { service: "widgets" }, 4],
        ["client.request.error", { service: "widgets", reason: "IOException" }, 1],
      ],
    );
  });

  it("is not there at all when OpenTelemetry's names are all there are", () => {
    const { inner, service } = callSetup(["opentelemetry"]);

    assert.equal(service, inner);
  });

  it("knows no names but three", () => {
    assert.throws(
      () => createClientMetrics({ sink: createMemorySink(), names: ["conjur" as "conjure"] }),
      (error) => isMillraceError(error, "invalid-options") && /metrics\.names/.test(error.message),
    );
  });
});

describe("nodeMetrics", () => {
  it("times attempts as http.client.request.duration, with OpenTelemetry's labels and no path", async () => {
    const { call, sink } = nodeSetup();
    await call(200, 10);
    await call(503, 20);
    await call(new MillraceError("x", { code: "connect-failed", unsent: true }), 30);

    const labels = {
      "http.request.method": "GET",
      "server.address": "10.0.0.1",
      "server.port": 8443,
      "url.scheme": "https",
      "url.template": "/widgets/{id}",
    };
    assert.deepEqual(
      sink.read().map(({ name, labels, value, timer }) => [name, labels, value, timer?.meanMs]),
      [
        ["http.client.request.duration", { ...labels, "http.response.status_code": 200 }, 1, 10],
        [
          "http.client.request.duration",
          { ...labels, "http.response.status_code": 503, "error.type": "503" },
          1,
          20,
        ],
        ["http.client.request.duration", { ...labels, "error.type": "connect-failed" }, 1, 30],
        ["http.client.active_requests", labels, 0, undefined],
      ],
    );
  });

  it("counts attempts that are under way", async () => {
    const { inner, service, sink } = nodeSetup();
    const calls = [service.call("a", contextOf()), service.call("b", contextOf())];
    assert.equal(sink.read().at(-1)?.value, 2);
    for (const call of inner.calls) call.respond({ status: 200 });
    await Promise.all(calls);

    assert.equal(sink.read().at(-1)?.value, 0);
  });

  it("keeps for each host what its answers were like", async () => {
    const { call, clock, registry } = nodeSetup();
    const [host] = registry.hosts();
    assert.deepEqual([host?.service, host?.host, host?.port], ["widgets", "10.0.0.1", 8443]);
    const addedMs = host!.lastUpdateMs;
    for (const status of [100, 204, 302, 404, 429, 500, 503, 600, 99]) await call(status, 5);
    await call(new Error("reset"), 5);

    const { informational, success, redirection, clientError, serverError, qos, other, ioError } = host!;
    const timers = [informational, success, redirection, clientError, serverError, qos, other];
    assert.deepEqual(
      timers.map(({ count }) => count),
      [1, 1, 1, 1, 1, 2, 2],
    );
    assert.equal(ioError.count, 1);
    assert.deepEqual([host!.lastUpdateMs, addedMs], [clock.wallTime(), clock.wallTime() - 50]);
  });

  it("blames no host for a call that its caller gave up, nor for one turned away on this side", async () => {
    const { call, registry, inner, service } = nodeSetup();
    const context = contextOf();
    const rejected = assert.rejects(service.call("a", context));
    context.abort();
    await rejected;
    await call(new MillraceError("x", { code: "overloaded", unsent: true }), 0);

    assert.equal(inner.calls.length, 2);
    assert.equal(registry.hosts()[0]?.ioError.count, 0);
  });

  it("is not there at all when nobody asked for anything", () => {
    const inner = new MockService<string, { status: number }>();
    const url = new URL("http://a");

    assert.equal(nodeMetrics({ service: "s", url, clock: new VirtualClock() })(inner), inner);
  });

  it("reads ports and IPv6 addresses from URLs", () => {
    const registry = new HostMetricsRegistry();
    const clock = new VirtualClock();
    const layers = ["http://a/x", "https://a", "http://[::1]:81"].map((url) =>
      nodeMetrics({ service: "s", url: new URL(url), hostMetrics: registry, clock }),
    );

    assert.equal(layers.length, 3);
    assert.deepEqual(
      registry.hosts().map(({ host, port }) => `${host} ${port}`),
      ["a 80", "a 443", "::1 81"],
    );
  });
});

describe("a sink that throws", () => {
  it("does no harm to calls", async () => {
    const broken = () => {
      throw new Error("broken");
    };
    const measure = { record: broken, [Symbol.dispose]: broken };
    const make = () => measure;
    const sink = { histogram: make, counter: make, upDownCounter: make, gauge: make };
    const metrics = createClientMetrics({ sink, names: ["opentelemetry", "conjure"] });
    const clock = new VirtualClock();
    const inner = new MockService<string, { status: number }>();
    const url = new URL("http://a");
    const node = nodeMetrics<string, { status: number }>({ metrics, service: "s", url, clock })(inner);
    const service = callMetrics<string, { status: number }>({ metrics, service: "s", clock })(node);
    const answer = service.call("ping", contextOf());
    inner.last.respond({ status: 200 });

    assert.deepEqual(await answer, { status: 200 });
  });
});

describe("HostMetricsRegistry", () => {
  it("C23: forgets hosts that no client holds any more, and keeps those that one does", async () => {
    setFlagsFromString("--expose_gc");
    const collect = runInNewContext("gc") as () => void;
    const registry = new HostMetricsRegistry();
    const kept = registry.get("s", { host: "kept", port: 80 });
    for (let port = 1; port <= 100; port += 1) registry.get("s", { host: "gone", port });
    assert.equal(registry.hosts().length, 101);
    await settle();
    collect();

    assert.deepEqual(registry.hosts(), [kept]);
    assert.equal(registry.get("s", { host: "kept", port: 80 }), kept);
  });

  it("tells services, hosts and ports apart", () => {
    const registry = new HostMetricsRegistry();
    const places = [
      registry.get("s", { host: "a", port: 1 }),
      registry.get("t", { host: "a", port: 1 }),
      registry.get("s", { host: "b", port: 1 }),
      registry.get("s", { host: "a", port: 2 }),
    ];

    assert.equal(new Set(places).size, 4);
    assert.equal(registry.get("s", { host: "a", port: 1 }), places[0]);
  });
});

describe("showLimiters", () => {
  it("shows the least limit and all calls in flight of each host, until it is disposed of", () => {
    const sink = createMemorySink();
    const metrics = createClientMetrics({ sink, names: ["conjure"] });
    const one = [{ hostIndex: 0, limit: 20, inFlight: 3 }];
    const other = [
      { hostIndex: 0, limit: 7, inFlight: 2 },
      { hostIndex: 1, limit: 9, inFlight: 0 },
    ];
    const shown = [one, other].map((limiters) =>
      metrics.showLimiters({ service: "widgets", limiters: () => limiters }),
    );
    const read = () => sink.read().filter(({ timer }) => !timer);
    assert.deepEqual(
      read().map(({ name, labels, value }) => [name.split(".").at(-1), labels["hostIndex"], value]),
      [
        ["max", 0, 7],
        ["max", 1, 9],
        ["in-flight", 0, 5],
        ["in-flight", 1, 0],
      ],
    );
    for (const handle of shown) handle[Symbol.dispose]();

    assert.deepEqual(read(), []);
  });
});

describe("Timer", () => {
  it("finds quantiles at most a tenth over the truth", () => {
    const durations = fc.array(fc.double({ min: 0.2, max: 1e6, noNaN: true }), {
      minLength: 1,
      maxLength: 200,
    });
    fc.assert(
      fc.property(durations, fc.double({ min: 0, max: 1, noNaN: true }), (all, share) => {
        const timer = new Timer(new VirtualClock());
        for (const ms of all) timer.record(ms);
        const sorted = [...all].sort((a, b) => a - b);
        const truth = sorted[Math.max(1, Math.ceil(share * all.length - 1e-9)) - 1]!;
        const found = timer.quantileMs(share);
        assert.ok(found >= truth * 0.999_999 && found <= truth * 1.1001, `${found} for ${truth}`);
      }),
    );
  });

  it("tells count, mean and maximum, and nothing of none", () => {
    const timer = new Timer(new VirtualClock());
    assert.deepEqual([timer.count, timer.meanMs, timer.maxMs, timer.quantileMs(0.5)], [0, 0, 0, 0]);
    for (const ms of [1, 2, 6, -1]) timer.record(ms);

    assert.deepEqual([timer.count, timer.meanMs, timer.maxMs], [4, 2.25, 6]);
    assert.equal(timer.quantileMs(1), 6);
  });

  it("takes whatever it is given", () => {
    const timer = new Timer(new VirtualClock());
    for (const ms of [0, 1e12, Number.MAX_VALUE]) timer.record(ms);

    assert.equal(timer.quantileMs(1), Number.MAX_VALUE);
  });
});

describe("Meter", () => {
  it("comes to the rate of a steady stream, and forgets it in a few minutes", async () => {
    const clock = new VirtualClock();
    const meter = new Meter(clock);
    for (let second = 0; second < 300; second += 1) {
      meter.mark(7);
      await clock.advance(1_000);
    }
    assert.ok(Math.abs(meter.recentPerSecond - 7) < 0.01, String(meter.recentPerSecond));
    assert.equal(meter.meanPerSecond, 7);
    await clock.advance(600_000);

    assert.ok(meter.recentPerSecond < 0.01);
    assert.equal(meter.count, 2_100);
  });

  it("says 0 before anything has happened", () => {
    const meter = new Meter(new VirtualClock());

    assert.deepEqual([meter.count, meter.meanPerSecond, meter.recentPerSecond], [0, 0, 0]);
  });
});

function callSetup(names: MetricNames[]) {
  const clock = new VirtualClock();
  const sink = createMemorySink(clock);
  const inner = new MockService<string, { status: number }>();
  const metrics = createClientMetrics({ sink, names });
  const service = callMetrics<string, { status: number }>({ metrics, service: "widgets", clock })(inner);
  return { clock, sink, inner, service, call: caller(service, inner, clock) };
}

function nodeSetup() {
  const clock = new VirtualClock();
  const sink = createMemorySink(clock);
  const inner = new MockService<string, { status: number }>();
  const registry = new HostMetricsRegistry(clock);
  const service = nodeMetrics<string, { status: number }>({
    service: "widgets",
    url: new URL("https://10.0.0.1:8443/api"),
    metrics: createClientMetrics({ sink }),
    hostMetrics: registry,
    clock,
  })(inner);
  return { clock, sink, inner, service, registry, call: caller(service, inner, clock) };
}

/** Makes a call that is answered, or fails, after `ms`. */
function caller(
  service: { call(request: string, context: ReturnType<typeof contextOf>): Promise<unknown> },
  inner: MockService<string, { status: number }>,
  clock: VirtualClock,
) {
  return async (outcome: number | Error, ms: number) => {
    const ended = service.call("ping", contextOf()).catch((error: unknown) => error);
    await clock.advance(ms);
    if (typeof outcome === "number") inner.last.respond({ status: outcome });
    else inner.last.fail(outcome);
    await ended;
  };
}

function contextOf() {
  const context = createContext();
  context.set(callOptions, { endpoint });
  return context;
}
