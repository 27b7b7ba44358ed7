import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { failShare, poisson, randomTime, simulate } from "millrace/testing";
import { lostCalls } from "./lost-calls.mjs";
import { run } from "./run.mjs";
import { scenarios } from "./scenarios.mjs";
import { strategies } from "./strategies.mjs";

/**
 * How the default strategy must stand beside balanced when rates, times and seeds are not those of the
 * report: so many times its failures and its mean, at most.
 *
 * @type {Readonly<Record<string, { failures?: number, mean?: number }>>}
 */
const bounds = {
  slowdown_and_error_thresholds: { failures: 1, mean: 0.95 },
  slow_503s_then_revert: { failures: 1, mean: 1 },
  fast_503s_then_revert: { failures: 1, mean: 1 },
  fast_400s_then_revert: { failures: 0.4, mean: 1.01 },
  short_outage_on_one_node: { failures: 1, mean: 1.01 },
  drastic_slowdown: { failures: 1, mean: 0.6 },
  all_nodes_500: { failures: 0.95 },
  black_hole: { failures: 0.85 },
  one_endpoint_dies_on_each_server: { failures: 0.6 },
  uncommon_flakes: { failures: 1.1 },
  one_big_spike: { failures: 1, mean: 0.9 },
};

/** A share of all calls that is left to chance. */
const slack = 0.0005;

const variations = [
  { rate: 0.5, time: 1, seeds: [4, 5] },
  { rate: 2, time: 1, seeds: [7] },
  { rate: 1, time: 0.5, seeds: [9, 10] },
  { rate: 1, time: 2, seeds: [12] },
  { rate: 0.7, time: 1.5, seeds: [14] },
];

describe("the default strategy", () => {
  for (const { rate, time, seeds } of variations) {
    for (const scenario of scenarios({ rate, time })) {
      const bound = bounds[scenario.name];
      if (!bound) continue;
      it(`beats balanced in ${scenario.name} at ${rate} times the rate and ${time} times the length`, async () => {
        const adaptive = await sum(scenario, "adaptive", seeds);
        const balanced = await sum(scenario, "balanced", seeds);
        const { failures = Infinity, mean = Infinity } = bound;
        assert.ok(
          adaptive.failures <= failures * balanced.failures + slack * adaptive.sent,
          `${adaptive.failures}, ${balanced.failures}`,
        );
        assert.ok(adaptive.meanMs <= mean * balanced.meanMs, `${adaptive.meanMs}, ${balanced.meanMs} ms`);
      });
    }
  }

  for (const { rate, time, seeds } of variations) {
    it(`loses less time than pinned to a node that is busy, at ${rate} times the rate and ${time} times the length`, async () => {
      const scenario = scenarios({ rate, time }).find(({ name }) => name === "fast_503s_then_revert");
      assert.ok(scenario);
      const adaptive = await sum(scenario, "adaptive", seeds);
      const pinned = await sum(scenario, "pinned", seeds);

      assert.equal(adaptive.failures, 0);
      assert.ok(adaptive.meanMs <= pinned.meanMs, `${adaptive.meanMs}, ${pinned.meanMs} ms`);
    });
  }

  for (const { rate, time, seeds } of variations) {
    it(`loses one call of each client to a short outage at ${rate} times the rate and ${time} times the length: the first to find out`, async () => {
      const outage = scenarios({ rate, time }).find(({ name }) => name === "short_outage_on_one_node");
      assert.ok(outage);
      for (const seed of seeds) {
        const lost = await lostCalls(outage, "adaptive", { seed });
        assert.deepEqual(
          lost.map(({ client, status, server }) => [client, status, server]),
          Array.from({ length: outage.clients }, (_, client) => [client, 500, "flaky"]),
        );
      }
    });
  }

  it("leaves nodes that are well alone, though times vary, and a few calls fail or are refused", async () => {
    const server = failShare(
      { ratio: 0.05, status: 404 },
      failShare({ ratio: 0.002 }, randomTime({ minMs: 5, maxMs: 200 })),
    );
    for (const rate of [20, 200, 2_000]) {
      for (const seed of [1, 2, 3]) {
        const { servers } = await simulate({
          servers: { a: server, b: server, c: server },
          client: (parts) => strategies["adaptive"]?.(parts, false) ?? assert.fail(),
          arrivals: poisson(rate),
          requests: 20_000,
          clients: 5,
          seed,
        });
        for (const { name, share } of servers) {
          assert.ok(share > 0.2 && share < 0.48, `${name} got ${share} at ${rate}/s with seed ${seed}`);
        }
      }
    }
  });
});

/** Failed calls and mean of the means, of runs with several seeds. */
async function sum(
  /** @type {import("./scenarios.mjs").Scenario} */ scenario,
  /** @type {string} */ strategy,
  /** @type {readonly number[]} */ seeds,
) {
  let failures = 0;
  let all = 0;
  let meanMs = 0;
  for (const seed of seeds) {
    const { sent, succeeded, latency } = await run(scenario, strategy, seed);
    failures += sent - succeeded;
    all += sent;
    meanMs += latency.mean / seeds.length;
  }
  return { failures, meanMs, sent: all };
}
