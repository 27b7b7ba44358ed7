import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { VirtualClock } from "millrace/testing";
import type { WorkerReport } from "../ipc/report.js";
import { StatsCollector, type StatsRecord } from "./collector.js";
import { emptyHistogram } from "./histogram.js";

describe("StatsCollector", () => {
  it("tells what workers say at the moment of asking", async () => {
    await using parts = setup();
    parts.worker.total = 3;

    assert.equal((await parts.stats.read()).totals.requests.total, 3);
  });

  it("tells rates over a second, ten, and a minute", async () => {
    await using parts = setup();
    for (let second = 0; second < 60; second++) {
      parts.worker.total += second < 50 ? 10 : 40;
      await parts.clock.advance(1_000);
    }
    const { rates } = await parts.stats.read();

    assert.equal(rates["1s"].requests, 40);
    assert.equal(rates["10s"].requests, 40);
    assert.equal(rates["1m"].requests, 15);
  });

  it("asks workers once for all that want to know at a time", async () => {
    await using parts = setup();
    await Promise.all([parts.stats.read(), parts.stats.read(), parts.stats.read()]);

    assert.equal(parts.worker.asked, 1);
  });

  it("goes on where another has stopped: totals, and the minute that rates are told from", async () => {
    await using former = setup();
    for (let second = 0; second < 30; second++) {
      former.worker.total += 10;
      await former.clock.advance(1_000);
    }
    const record = JSON.parse(JSON.stringify(former.stats.record())) as StatsRecord;
    await using parts = setup();
    parts.stats.inherit(record);
    const { totals, rates } = await parts.stats.read();

    assert.equal(totals.requests.total, 300);
    assert.deepEqual([rates["10s"].requests, rates["1m"].requests], [10, 10]);
  });

  it("tells the rest of the other's counters without a jump in the rates", async () => {
    await using former = setup();
    await using parts = setup();
    parts.stats.inherit(former.stats.record());
    former.worker.total = 500;
    await former.stats.collect();
    parts.stats.inherit({ ...former.stats.record(), samples: undefined });
    await parts.clock.advance(1_000);
    const { totals, rates } = await parts.stats.read();

    assert.equal(totals.requests.total, 500);
    assert.equal(rates["1s"].requests, 0);
  });

  it("tells the same while it is frozen", async () => {
    await using parts = setup();
    parts.worker.total = 3;
    await parts.stats.collect();
    parts.stats.freeze(true);
    parts.worker.total = 9;
    await parts.stats.collect();
    assert.equal((await parts.stats.read()).totals.requests.total, 3);
    parts.stats.freeze(false);

    assert.equal((await parts.stats.read()).totals.requests.total, 9);
  });

  it("counts the last report of a worker once, whatever it has said at the same time", async () => {
    await using parts = setup();
    parts.worker.total = 3;
    await parts.stats.collect();
    const asked = parts.stats.collect();
    parts.leave(report(5));
    await asked;
    assert.equal((await parts.stats.read()).totals.requests.total, 5);
    await parts.stats.collect();

    assert.equal((await parts.stats.read()).totals.requests.total, 5);
  });

  it("leaves no timer behind", async () => {
    const parts = setup();
    await parts.clock.advance(1_500);
    await parts[Symbol.asyncDispose]();
    await parts.clock.advance(0);

    assert.equal(parts.clock.pending, 0);
  });
});

function setup() {
  const clock = new VirtualClock();
  const worker = { total: 0, asked: 0, gone: false };
  const reports = async () => {
    worker.asked += 1;
    return worker.gone ? [] : [report(worker.total)];
  };
  const hearing = new Set<(last: WorkerReport) => void>();
  const onLastReport = (hear: (last: WorkerReport) => void) => {
    hearing.add(hear);
    return { [Symbol.dispose]: () => void hearing.delete(hear) };
  };
  const leave = (last: WorkerReport) => {
    worker.gone = true;
    for (const hear of hearing) hear(last);
  };
  const fleet = {
    reports,
    onLastReport,
    get status() {
      return [
        { pid: 1, state: worker.gone ? ("gone" as const) : ("ready" as const), revision: 0, restarts: 0 },
      ];
    },
  };
  const stats = new StatsCollector({ fleet, pool: { servers: new Map() }, clock });
  return { clock, worker, leave, stats, [Symbol.asyncDispose]: () => stats[Symbol.asyncDispose]() };
}

function report(total: number): WorkerReport {
  return {
    pid: 1,
    revision: 0,
    uptimeMs: 1,
    connections: { open: 0, accepted: 0, refused: 0 },
    requests: { active: 0, total, byStatus: [] },
    bytes: { received: 0, sent: 0 },
    client: { success: total, failed: 0 },
    failures: [],
    retries: { made: 0, budgetExhausted: 0 },
    latency: emptyHistogram,
    servers: [],
    memory: { rssBytes: 1, heapBytes: 1 },
    cpuMs: 1,
  };
}
