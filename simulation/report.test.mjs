import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { outcomeRow } from "./report.mjs";
import { run, runAll } from "./run.mjs";
import { scenarios } from "./scenarios.mjs";

const report = readFileSync(new URL("./report.md", import.meta.url), "utf8");

/**
 * What the default strategy must reach: the issue of each scenario at its published numbers.
 *
 * @type {Readonly<Record<string, { success: number, meanMs?: number, responses?: number }>>}
 */
const floors = {
  simplest_possible_case: { success: 100, meanMs: 650 },
  slowdown_and_error_thresholds: { success: 99.98, meanMs: 170_000, responses: 12_918 },
  slow_503s_then_revert: { success: 100, meanMs: 82.9, responses: 1_519 },
  fast_503s_then_revert: { success: 100, meanMs: 120.025, responses: 45_060 },
  fast_400s_then_revert: { success: 99.4 },
  short_outage_on_one_node: { success: 99.5 },
  drastic_slowdown: { success: 100, meanMs: 150 },
  all_nodes_500: { success: 80, responses: 2_000 },
  black_hole: { success: 96 },
  one_endpoint_dies_on_each_server: { success: 95 },
  uncommon_flakes: { success: 98.6 },
  one_big_spike: { success: 100, meanMs: 1_300, responses: 1_020 },
};

describe("the simulation report", () => {
  for (const scenario of scenarios()) {
    const { name } = scenario;
    // Of 25,000 minutes: too long for each run of the tests.
    if (name === "server_side_rate_limits") continue;

    it(`is what ${name} gives now: if not, run \`npm run simulate\` and review what changed`, async () => {
      assert.ok(report.includes(`${outcomeRow(name, await runAll(scenario))}\n`));
    });

    it(`${name}: the default strategy does well with any seed`, async () => {
      const { success, meanMs = Infinity, responses = Infinity } = floors[name] ?? assert.fail(name);
      for (const seed of [1, 2, 3]) {
        const { successRatio, latency, responses: given } = await run(scenario, "adaptive", seed);
        assert.ok(successRatio * 100 >= success, `success ${successRatio} with seed ${seed}`);
        assert.ok(latency.mean <= meanMs, `mean ${latency.mean} ms with seed ${seed}`);
        assert.ok(given <= responses, `${given} responses with seed ${seed}`);
      }
    });
  }
});
