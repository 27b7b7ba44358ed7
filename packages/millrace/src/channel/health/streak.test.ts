import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { assumedHealthy, type HealthThresholds, nextStreak } from "./streak.js";

const usual: HealthThresholds = { healthyThreshold: 2, unhealthyThreshold: 3 };

describe("nextStreak", () => {
  it("takes a server out after three failures in a row", () => {
    assert.deepEqual(states("fff"), [true, true, false]);
  });

  it("takes it back after two passes in a row", () => {
    assert.deepEqual(states("fffpp"), [true, true, false, false, true]);
  });

  it("is not moved by flapping, in either state", () => {
    assert.ok(states("fpffpffp".repeat(10)).every((healthy) => healthy));
    assert.ok(
      states(`fff${"pf".repeat(20)}`)
        .slice(2)
        .every((healthy) => !healthy),
    );
  });

  it("turns at once with thresholds of one", () => {
    assert.deepEqual(states("fpf", { healthyThreshold: 1, unhealthyThreshold: 1 }), [false, true, false]);
  });

  it("lets the first result decide where nothing was held true before", () => {
    assert.deepEqual(nextStreak(undefined, true, usual), { healthy: true, against: 0 });
    assert.deepEqual(nextStreak(undefined, false, usual), { healthy: false, against: 0 });
  });

  it("agrees with a model that looks back over all results", () => {
    const thresholds = fc.record({
      healthyThreshold: fc.integer({ min: 1, max: 4 }),
      unhealthyThreshold: fc.integer({ min: 1, max: 4 }),
    });
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 60 }), thresholds, (results, limits) => {
        const text = results.map((passed) => (passed ? "p" : "f")).join("");
        assert.deepEqual(states(text, limits), model(text, limits));
      }),
    );
  });
});

function states(results: string, thresholds = usual): readonly boolean[] {
  let streak = assumedHealthy;
  return [...results].map((result) => {
    streak = nextStreak(streak, result === "p", thresholds);
    return streak.healthy;
  });
}

/** The state is that of the last run that was long enough to turn the one before it. */
function model(
  results: string,
  { healthyThreshold, unhealthyThreshold }: HealthThresholds,
): readonly boolean[] {
  let healthy = true;
  return [...results].map((_, index) => {
    const soFar = results.slice(0, index + 1);
    if (healthy && soFar.endsWith("f".repeat(unhealthyThreshold))) healthy = false;
    else if (!healthy && soFar.endsWith("p".repeat(healthyThreshold))) healthy = true;
    return healthy;
  });
}
