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
    it(`loses one call of a client to a short outage at ${rate} times the rate and ${time} times the length, at most: the first to find out`, async () => {
      for (const seed of seeds) {
        const lost = await lostCalls(shortOutage({ rate, time }), "adaptive", seed);
        assert.equal(new Set(lost.map(({ client }) => client)).size, lost.length, `seed ${seed}`);
        for (const { status, server } of lost) assert.deepEqual([status, server], [500, "flaky"]);
      }
    });
  }

  it("spares a short outage some of the clients that have little under way, as long as answers take a steady time", async () => {
    for (const [rate, most] of /** @type {const} */ ([
      [0.5, 0.65],
      [1, 0.8],
    ])) {
      let lost = 0;
      const seeds = Array.from({ length: 20 }, (_, index) => 200 + index);
      for (const seed of seeds) lost += (await lostCalls(shortOutage({ rate }), "adaptive", seed)).length;

      assert.ok(lost <= most * 10 * seeds.length, `${lost} at ${rate} times the rate`);
    }
  });

  for (const clients of [1, 5, 20]) {
    it(`shares calls out where a node takes one after the other, for ${clients} clients`, async () => {
      const server = oneAtATime(10);
      for (const load of [0.1, 0.3, 0.5, 0.7]) {
        const mean = async (/** @type {string} */ strategy) => {
          const { latency } = await simulate({
            servers: { a: server, b: server, c: server },
            client: (parts) => strategies[strategy]?.(parts, false) ?? assert.fail(),
            arrivals: poisson(300 * load),
            requests: 20_000,
            clients,
            seed: 1,
          });
          return latency.mean;
        };
        const [adaptive, balanced] = [await mean("adaptive"), await mean("balanced")];
        assert.ok(adaptive <= 1.04 * balanced, `${adaptive}, ${balanced} ms at ${load} of the load`);
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

/** A server that works on one call after the other, for the same time each. */
function oneAtATime(/** @type {number} */ ms) {
  return () => {
    let freeAt = 0;
    return (/** @type {import("millrace/testing").ServedCall} */ { now }) => {
      freeAt = Math.max(freeAt, now) + ms;
      return { afterMs: freeAt - now, status: 200 };
    };
  };
}

function shortOutage(/** @type {import("./scenarios.mjs").Variation} */ variation) {
  const outage = scenarios(variation).find(({ name }) => name === "short_outage_on_one_node");
  return outage ?? assert.fail();
}

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
