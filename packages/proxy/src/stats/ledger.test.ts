import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { WorkerReport } from "../ipc/report.js";
import { emptyHistogram } from "./histogram.js";
import { StatsLedger } from "./ledger.js";
import { noServerTotals } from "./totals.js";

describe("StatsLedger", () => {
  it("adds up what workers report", () => {
    const ledger = new StatsLedger();
    ledger.accept([report(1, 10, { a: 4 }), report(2, 5, { a: 3 })], new Set([1, 2]), new Set(["a"]));

    assert.equal(ledger.totals().requests.total, 15);
    assert.equal(ledger.totals().servers.get("a")?.success, 7);
  });

  it("keeps the counters of a worker that died, but not what it was doing", () => {
    const ledger = new StatsLedger();
    ledger.accept([report(1, 10, { a: 4 })], new Set([1]), new Set(["a"]));
    ledger.accept([report(2, 1, { a: 1 })], new Set([2]), new Set(["a"]));

    assert.equal(ledger.totals().requests.total, 11);
    assert.equal(ledger.totals().requests.active, 1);
    assert.equal(ledger.totals().servers.get("a")?.success, 5);
    assert.equal(ledger.totals().servers.get("a")?.inFlight, 1);
  });

  it("remembers a worker that is alive but has not answered", () => {
    const ledger = new StatsLedger();
    ledger.accept([report(1, 10, {})], new Set([1]), new Set());
    ledger.accept([], new Set([1]), new Set());

    assert.equal(ledger.totals().requests.total, 10);
  });

  it("keeps the answers of a server that has left the pool, without a row for it", () => {
    const ledger = new StatsLedger();
    ledger.accept([report(1, 10, { a: 4 })], new Set([1]), new Set(["a"]));
    ledger.accept([report(1, 12, {})], new Set([1]), new Set());

    assert.equal(ledger.totals().servers.has("a"), false);
    assert.deepEqual(ledger.departed, { success: 4, failed: 0 });
  });

  it("goes on from what another has counted, and again when that is told anew", () => {
    const former = new StatsLedger();
    former.accept([report(1, 10, { a: 4, b: 2 })], new Set([1]), new Set(["a", "b"]));
    const ledger = new StatsLedger();
    ledger.inherit({ totals: former.totals(), departed: { success: 1, failed: 0 } });
    ledger.accept([report(2, 5, { a: 3 })], new Set([2]), new Set(["a"]));
    assert.equal(ledger.totals().requests.total, 15);
    assert.equal(ledger.totals().servers.get("a")?.success, 7);
    assert.equal(ledger.totals().servers.has("b"), false);
    assert.deepEqual(ledger.departed, { success: 3, failed: 0 });
    former.accept([report(1, 12, { a: 5, b: 2 })], new Set([1]), new Set(["a", "b"]));
    ledger.inherit({ totals: former.totals(), departed: { success: 1, failed: 0 } });

    assert.equal(ledger.totals().requests.total, 17);
    assert.equal(ledger.own().requests.total, 5);
  });

  it("never counts backwards, whatever comes and goes", () => {
    const step = fc.record({
      pid: fc.constantFrom(1, 2, 3),
      what: fc.constantFrom("serve", "die", "silent", "drop"),
      more: fc.nat(5),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const ledger = new StatsLedger();
        const counts = new Map<number, number>();
        let told = 0;
        for (const { pid, what, more } of steps) {
          if (what === "die") counts.delete(pid);
          else counts.set(pid, (counts.get(pid) ?? 0) + more);
          const pooled = what === "drop" ? {} : { a: counts.get(pid) ?? 0 };
          const answered =
            what === "silent" || what === "die" ? [] : [report(pid, counts.get(pid) ?? 0, pooled)];
          ledger.accept(answered, new Set(counts.keys()), new Set(Object.keys(pooled)));
          const { total } = ledger.totals().requests;
          assert.ok(total >= told);
          told = total;
        }
      }),
    );
  });
});

function report(pid: number, total: number, servers: Readonly<Record<string, number>>): WorkerReport {
  const { balancedBy: _balanced, ejectedBy: _ejected, ...idle } = noServerTotals;
  return {
    pid,
    revision: 1,
    uptimeMs: 1_000,
    connections: { open: 1, accepted: total, refused: 0 },
    requests: { active: 1, total, byStatus: [[200, total]] },
    bytes: { received: total, sent: total },
    client: { success: total, failed: 0 },
    failures: [["reset", 1]],
    retries: { made: 0, budgetExhausted: 0 },
    latency: emptyHistogram,
    servers: Object.entries(servers).map(([id, success]) => ({ ...idle, id, success, inFlight: 1 })),
    memory: { rssBytes: 1, heapBytes: 1 },
    cpuMs: 1,
  };
}
