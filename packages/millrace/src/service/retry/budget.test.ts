import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { isMillraceError } from "../../base/errors.js";
import { VirtualClock } from "../../testing/virtual-clock.js";
import { TpsBudget, type TpsBudgetOptions } from "./budget.js";

describe("TpsBudget", () => {
  it("T-budget empty: allows nothing without a reserve and without calls", () => {
    const { budget } = setup({ reservePerSecond: 0, ratio: 1 });

    assert.equal(budget.withdraw(), false);
  });

  it("allows a share of the calls", () => {
    const { budget } = setup({ reservePerSecond: 0, ratio: 0.2 });
    for (let calls = 0; calls < 10; calls += 1) budget.deposit();

    assert.equal(budget.affordable, 2);
    assert.deepEqual([budget.withdraw(), budget.withdraw(), budget.withdraw()], [true, true, false]);
  });

  it("allows several retries for each call when the ratio is over 1", () => {
    const { budget } = setup({ reservePerSecond: 0, ratio: 3 });
    budget.deposit();

    assert.equal(budget.affordable, 3);
  });

  it("starts with a reserve for the whole window", () => {
    const { budget } = setup({});

    assert.equal(budget.affordable, 100);
  });

  it("T-budget reserve of 5: allows the reserve alone when the ratio is 0", () => {
    const { budget } = setup({ windowMs: 1000, reservePerSecond: 5, ratio: 0 });
    budget.deposit();

    assert.equal(budget.affordable, 5);
  });

  it("T-budget leaky: forgets a call once the window has passed", async () => {
    const { clock, budget } = setup({ windowMs: 1000, reservePerSecond: 0, ratio: 1 });
    budget.deposit();
    await clock.advance(900);
    assert.equal(budget.affordable, 1);

    await clock.advance(100);
    assert.equal(budget.affordable, 0);
  });

  it("T-budget slots: forgets each call at its own time, not all at once", async () => {
    const { clock, budget } = setup({ windowMs: 1000, reservePerSecond: 0, ratio: 0.5 });
    budget.deposit();
    budget.deposit();
    assert.equal(budget.withdraw(), true);
    await clock.advance(500);
    budget.deposit();
    budget.deposit();
    await clock.advance(400);
    assert.equal(budget.affordable, 1);
    await clock.advance(200);
    assert.equal(budget.affordable, 1);

    await clock.advance(400);
    assert.equal(budget.affordable, 0);
  });

  it("gives the price of a retry back once the window has passed", async () => {
    const { clock, budget } = setup({ windowMs: 1000, reservePerSecond: 1, ratio: 0.5 });
    assert.equal(budget.withdraw(), true);
    assert.equal(budget.withdraw(), false);
    await clock.advance(1000);

    assert.equal(budget.withdraw(), true);
  });

  it("forgets everything after a long silence", async () => {
    const { clock, budget } = setup({ windowMs: 1000, reservePerSecond: 0, ratio: 1 });
    for (let calls = 0; calls < 20; calls += 1) {
      budget.deposit();
      await clock.advance(100);
    }
    await clock.advance(60_000);

    assert.equal(budget.affordable, 0);
  });

  it("never allows more than its share and its reserve within a window", async () => {
    const script = fc.array(fc.tuple(fc.nat(20), fc.nat(20), fc.nat(400)), { maxLength: 40 });
    const ratios = fc.double({ min: 0.01, max: 3, noNaN: true });
    await fc.assert(
      fc.asyncProperty(ratios, fc.nat(5), script, async (ratio, reserve, steps) => {
        const { clock, budget } = setup({ windowMs: 1000, reservePerSecond: reserve, ratio });
        const calls: number[] = [];
        const retries: number[] = [];
        for (const [deposits, wanted, pauseMs] of steps) {
          for (let count = 0; count < deposits; count += 1) {
            calls.push(clock.now());
            budget.deposit();
          }
          for (let count = 0; count < wanted; count += 1) if (budget.withdraw()) retries.push(clock.now());
          // A retry weighs for at least nine tenths of the window, a call counts for at most the whole.
          const recent = (times: number[], windowMs: number) =>
            times.filter((time) => clock.now() - time < windowMs);
          const allowed = recent(calls, 1900).length * ratio + reserve;
          assert.ok(recent(retries, 900).length <= allowed + 1e-6);
          await clock.advance(pauseMs);
        }
      }),
      { numRuns: 50 },
    );
  });

  const wrong: TpsBudgetOptions[] = [
    { windowMs: 999 },
    { windowMs: 60_001 },
    { reservePerSecond: -1 },
    { ratio: -0.1 },
    { ratio: 1001 },
  ];
  for (const options of wrong) {
    const [[name, value]] = Object.entries(options) as [[string, number]];
    it(`rejects ${name}: ${value}`, () => {
      assert.throws(
        () => new TpsBudget(options),
        (error) => isMillraceError(error, "invalid-options") && error.message.includes(name),
      );
    });
  }
});

function setup(options: TpsBudgetOptions) {
  const clock = new VirtualClock();
  return { clock, budget: new TpsBudget({ ...options, clock }) };
}
