import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { isMillraceError } from "../../base/errors.js";
import { type LatencyOptions, latencySettings, PeakEwma } from "./peak-ewma.js";

describe("PeakEwma", () => {
  it("starts with what is assumed of a member that has not answered", () => {
    assert.equal(ewma().at(0), 30);
    assert.equal(ewma({ initialMs: 5 }).at(0), 5);
  });

  it("T-peak-ewma default decay: decays while nothing is heard", () => {
    const latency = ewma({ initialMs: 100, decayMs: 1000 });

    near(latency.at(1000), 100 / Math.E);
    near(latency.at(2000), 100 / Math.E ** 2);
  });

  it("jumps to a slower answer", () => {
    const latency = ewma();
    latency.answered(500, 10);

    assert.equal(latency.at(10), 500);
  });

  it("T-peak-ewma compound decay: forgets a slow answer with time, as quicker ones come", () => {
    const latency = ewma({ decayMs: 1000 });
    latency.answered(500, 0);
    latency.answered(100, 1000);

    near(latency.at(1000), 500 / Math.E + 100 * (1 - 1 / Math.E));
  });

  it("T-peak-ewma nanosecond scaling: keeps what is less than a millisecond", () => {
    const latency = ewma({ initialMs: 1e-6, decayMs: 1000 });
    latency.answered(250e-6, 0);
    assert.equal(latency.at(0), 250e-6);

    latency.answered(100e-6, 1000);
    near(latency.at(1000), 250e-6 / Math.E + 100e-6 * (1 - 1 / Math.E), 1e-15);
  });

  it("weighs time, not the number of answers", () => {
    const [many, few] = [ewma({ decayMs: 1000 }), ewma({ decayMs: 1000 })];
    for (let now = 1; now <= 1000; now += 1) many.answered(10, now);
    few.answered(10, 1000);

    near(many.at(1000), few.at(1000));
  });

  it("makes one failure cost little, and a run of them as much as the penalty", () => {
    const latency = ewma({ initialMs: 10, failurePenaltyMs: 1000 });
    const costs = [1, 2, 3, 4].map(() => {
      latency.failed(0, 0);
      return latency.at(0);
    });

    assert.deepEqual(costs, [20, 80, 640, 1000]);
  });

  it("makes a run of failures cost more than a slow member takes anyway", () => {
    const latency = ewma({ initialMs: 2000, failurePenaltyMs: 1000 });
    const costs = [1, 2, 3, 4].map(() => {
      latency.failed(0, 0);
      return latency.at(0);
    });

    assert.deepEqual(costs, [4000, 16_000, 20_000, 20_000]);
  });

  it("begins a new run of failures after a success", () => {
    const latency = ewma({ initialMs: 10 });
    latency.failed(0, 0);
    latency.failed(0, 0);
    latency.answered(10, 100_000);
    latency.failed(0, 100_000);

    near(latency.at(100_000), 20, 0.1);
  });

  it("remembers a run of failures when the member is tried again later", () => {
    const latency = ewma({ initialMs: 10 });
    for (let count = 0; count < 5; count += 1) latency.failed(0, 0);
    assert.ok(latency.at(100_000) < 1);
    latency.failed(0, 100_000);

    assert.equal(latency.at(100_000), 1000);
  });

  it("counts a slow failure for the time it took", () => {
    const latency = ewma();
    latency.failed(5000, 0);

    assert.equal(latency.at(0), 5000);
  });

  it("learns from a call given up only that an answer would have taken longer", () => {
    const latency = ewma({ initialMs: 100 });
    latency.givenUp(5, 0);
    assert.equal(latency.at(0), 100);

    latency.givenUp(300, 0);
    assert.equal(latency.at(0), 300);
  });

  it("never falls by a failure, and never rises above ten times the slowest sample", () => {
    const step = fc.record({
      kind: fc.constantFrom("answered" as const, "failed" as const, "givenUp" as const),
      ms: fc.double({ min: 0, max: 10_000, noNaN: true }),
      pauseMs: fc.double({ min: 0, max: 1000, noNaN: true }),
    });
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const latency = ewma();
        let now = 0;
        let slowest = 1000;
        for (const { kind, ms, pauseMs } of steps) {
          now += pauseMs;
          slowest = Math.max(slowest, 10 * ms);
          const before = latency.at(now);
          latency[kind](ms, now);
          const after = latency.at(now);
          if (kind !== "answered") assert.ok(after >= before - 1e-9);
          assert.ok(after >= 0 && after <= slowest + 1e-9);
        }
      }),
    );
  });
});

describe("latencySettings", () => {
  for (const name of ["decayMs", "initialMs", "failurePenaltyMs"] as const) {
    it(`rejects a ${name} that is not positive`, () => {
      assert.throws(
        () => latencySettings({ [name]: 0 }),
        (error) => isMillraceError(error, "invalid-options") && error.message.includes(`latency.${name}`),
      );
    });
  }
});

function ewma(options?: LatencyOptions) {
  return new PeakEwma(latencySettings(options), 0);
}

function near(actual: number, expected: number, within = 1e-9) {
  assert.ok(Math.abs(actual - expected) <= within, `${actual} is not ${expected}`);
}
