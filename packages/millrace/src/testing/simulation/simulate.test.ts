import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { balance } from "../../balance/balance.js";
import { powerOfTwo } from "../../balance/pickers/power-of-two.js";
import { roundRobin } from "../../balance/pickers/round-robin.js";
import { isMillraceError } from "../../base/errors.js";
import { timeout } from "../../service/middleware/timeout.js";
import { bursts, closedLoop, everyMs, poisson } from "./arrivals.js";
import { blackHole, constantTime, failShare, linearTime, phases, randomTime } from "./server-models.js";
import { type ClientParts, type SimulationOptions, simulate } from "./simulate.js";

const inTurn = ({ members, clock }: ClientParts) =>
  balance(members, { clock, picker: roundRobin(), outlier: false });

const chosen = ({ members, clock, random }: ClientParts) =>
  balance(members, { clock, picker: powerOfTwo({ random }), failed: ({ status }) => status >= 500 });

const base: SimulationOptions = {
  servers: { a: constantTime({ ms: 10 }), b: constantTime({ ms: 30 }) },
  arrivals: everyMs(10),
  requests: 100,
  client: inTurn,
};

describe("simulate", () => {
  it("tells what became of the calls", async () => {
    const report = await simulate(base);

    assert.deepEqual(
      [report.sent, report.succeeded, report.successRatio, report.unanswered],
      [100, 100, 1, 0],
    );
    assert.deepEqual([report.latency.mean, report.latency.p50, report.latency.max], [20, 10, 30]);
    assert.deepEqual([report.responses, report.serverTimeMs, report.endedMs], [100, 2000, 1020]);
  });

  it("tells what became of each server, over time too", async () => {
    const { servers, bucketMs } = await simulate(base);

    assert.deepEqual(
      servers.map(({ name, received, share, responses, timeMs }) => [
        name,
        received,
        share,
        responses,
        timeMs,
      ]),
      [
        ["a", 50, 0.5, 50, 500],
        ["b", 50, 0.5, 50, 1500],
      ],
    );
    assert.equal(bucketMs, 8);
    for (const { receivedOverTime } of servers) {
      assert.equal(
        receivedOverTime.reduce((sum, count) => sum + count),
        50,
      );
    }
  });

  it("gives the same report for the same seed, and another for another", async () => {
    const options: SimulationOptions = {
      servers: {
        a: randomTime({ maxMs: 50 }),
        b: failShare({ ratio: 0.1 }, linearTime({ bestMs: 9, capacity: 5 })),
      },
      arrivals: poisson(500),
      requests: 2000,
      clients: 3,
      client: chosen,
    };
    const [one, same, other] = await Promise.all([
      simulate(options),
      simulate(options),
      simulate({ ...options, seed: 2 }),
    ]);

    assert.deepEqual(one, same);
    assert.notDeepEqual(one, other);
  });

  it("counts failures by what callers saw", async () => {
    const { succeeded, failures, latency, latencyOfAll } = await simulate({
      ...base,
      servers: { a: constantTime({ ms: 10 }), b: constantTime({ ms: 1, status: 503 }), c: blackHole() },
      requests: 90,
      client: (parts) =>
        timeout<never, never>({ limitMs: 50, clock: parts.clock })(inTurn(parts) as never) as never,
    });

    assert.equal(succeeded, 30);
    assert.deepEqual(failures, { "status 503": 30, timeout: 30 });
    assert.deepEqual([latency.count, latencyOfAll.count, latencyOfAll.max], [30, 90, 50]);
  });

  it("ends although calls are never answered", async () => {
    const { succeeded, unanswered } = await simulate({
      ...base,
      servers: { a: constantTime({ ms: 10 }), b: blackHole() },
    });

    assert.deepEqual([succeeded, unanswered], [50, 50]);
  });

  it("gives calls up at the end it is told", async () => {
    const { sent, unanswered, responses } = await simulate({
      ...base,
      servers: { a: constantTime({ ms: 10 }), b: constantTime({ ms: 10_000 }) },
      requests: undefined,
      endMs: 100,
    });

    assert.deepEqual([sent, unanswered, responses], [10, 5, 5]);
  });

  it("sends for as long as it is told", async () => {
    const { sent } = await simulate({ ...base, requests: undefined, durationMs: 200 });

    assert.equal(sent, 20);
  });

  it("lets servers work on to the end on calls that were given up", async () => {
    const { responses, serverTimeMs, failures } = await simulate({
      ...base,
      servers: {
        a: phases([{ model: constantTime({ ms: 100 }), untilMs: 10 }, { model: constantTime({ ms: 1 }) }]),
      },
      arrivals: everyMs(200),
      requests: 2,
      client: (parts) =>
        timeout<never, never>({ limitMs: 50, clock: parts.clock })(inTurn(parts) as never) as never,
    });

    assert.deepEqual([responses, serverTimeMs, failures], [2, 101, { timeout: 1 }]);
  });

  it("shares requests among clients and endpoints", async () => {
    const seen = new Map<string, number>();
    await simulate({
      ...base,
      requests: 4000,
      arrivals: closedLoop({ callers: 10 }),
      clients: 2,
      endpoints: ["/x", "/y"],
      client: (parts) => {
        const inner = inTurn(parts);
        const call: typeof inner.call = (request, context) => {
          assert.equal(request.client, parts.client);
          const kind = `${request.client}${request.endpoint}`;
          seen.set(kind, (seen.get(kind) ?? 0) + 1);
          return inner.call(request, context);
        };
        return { ready: true, whenReady: () => inner.whenReady(), call };
      },
    });

    assert.deepEqual([...seen.keys()].sort(), ["0/x", "0/y", "1/x", "1/y"]);
    for (const count of seen.values()) assert.ok(Math.abs(count - 1000) < 150, String(count));
  });

  it("changes the set of servers when told to", async () => {
    const { servers } = await simulate({
      ...base,
      changes: [
        { atMs: 205, change: (members) => void members.remove("b") },
        { atMs: 605, change: (members, all) => members.insert("b", all["b"]!) },
      ],
    });

    assert.deepEqual(
      servers.map(({ received }) => received),
      [70, 30],
    );
  });

  it("disposes clients that are disposable", async () => {
    let disposed = 0;
    await simulate({
      ...base,
      clients: 3,
      client: (parts) => Object.assign(inTurn(parts), { [Symbol.dispose]: () => (disposed += 1) }),
    });

    assert.equal(disposed, 3);
  });

  it("turns traffic away from a server that swallows calls", async () => {
    const hole = phases([{ model: constantTime({ ms: 600 }), untilMs: 3000 }, { model: blackHole() }]);
    const { successRatio } = await simulate({
      servers: { a: constantTime({ ms: 600 }), b: hole },
      arrivals: everyMs(5),
      durationMs: 10_000,
      clients: 10,
      client: chosen,
    });

    // conjure's best: 0.914.
    assert.ok(successRatio > 0.93, String(successRatio));
  });

  it("makes 100,000 requests in a few seconds at most", async () => {
    const { sent } = await simulate({
      ...base,
      arrivals: bursts({ size: 100, everyMs: 10 }),
      requests: 100_000,
      client: chosen,
    });

    assert.equal(sent, 100_000);
  });

  for (const [name, options] of Object.entries({
    "simulate: expected requests": { requests: undefined },
    "simulate.requests": { requests: 0 },
    "simulate.durationMs": { durationMs: 0 },
    "simulate.endMs": { endMs: -1 },
    "simulate.clients": { clients: 0.5 },
    "simulate.endpoints": { endpoints: [] },
    "simulate.changes.atMs": { changes: [{ atMs: -1, change: () => {} }] },
  })) {
    it(`rejects ${name}`, async () => {
      await assert.rejects(
        simulate({ ...base, ...options }),
        (error) => isMillraceError(error, "invalid-options") && error.message.includes(name),
      );
    });
  }
});
