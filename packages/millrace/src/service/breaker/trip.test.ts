import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { VirtualClock } from "../../testing/virtual-clock.js";
import { createTripCounter, type TripRule } from "./trip.js";

describe("createTripCounter", () => {
  it("counts failures in a row", () => {
    const { note } = setup({ kind: "consecutive", failures: 2 });

    assert.deepEqual([note(true), note(false), note(true), note(true)], [false, false, false, true]);
  });

  it("looks at the last calls, and at no fewer than it must", () => {
    const { note } = setup({ kind: "last-calls", calls: 4, ratio: 0.5, minimumCalls: 2 });
    assert.equal(note(true), false);
    assert.equal(note(true), true);

    assert.deepEqual([note(false), note(false), note(false), note(true)], [false, false, false, false]);
    assert.equal(note(true), true);
  });

  it("forgets calls once the window has passed", async () => {
    const { clock, note } = setup({ kind: "time-window", windowMs: 1000, ratio: 0.5, minimumCalls: 2 });
    note(true);
    await clock.advance(1000);
    assert.equal(note(true), false);
    await clock.advance(900);

    assert.equal(note(true), true);
  });

  it("counts in a window of time as if it remembered every call", async () => {
    const script = fc.array(fc.tuple(fc.boolean(), fc.nat(40)), { maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(script, async (steps) => {
        const { clock, note } = setup({ kind: "time-window", windowMs: 100, ratio: 0.5, minimumCalls: 3 });
        const seen: { slot: number; failed: boolean }[] = [];
        for (const [failed, pauseMs] of steps) {
          const slot = Math.floor(clock.now() / 10);
          seen.push({ slot, failed });
          const recent = seen.filter((call) => slot - call.slot < 10);
          const failures = recent.filter((call) => call.failed).length;
          const many = failed && recent.length >= 3 && failures >= recent.length / 2;
          assert.equal(note(failed), many);
          await clock.advance(pauseMs);
        }
      }),
      { numRuns: 40 },
    );
  });

  const wrong: [TripRule, RegExp][] = [
    [{ kind: "consecutive", failures: 0 }, /trip\.failures/],
    [{ kind: "last-calls", calls: 0, ratio: 0.5 }, /trip\.calls/],
    [{ kind: "last-calls", calls: 2, ratio: 0.5, minimumCalls: 3 }, /trip\.minimumCalls/],
    [{ kind: "time-window", windowMs: 0, ratio: 0.5 }, /trip\.windowMs/],
    [{ kind: "time-window", windowMs: 1, ratio: 0 }, /trip\.ratio/],
    [{ kind: "time-window", windowMs: 1, ratio: 1.1 }, /trip\.ratio/],
    [{ kind: "never" } as unknown as TripRule, /trip\.kind: .* found never/],
  ];
  for (const [rule, message] of wrong) {
    it(`rejects ${JSON.stringify(rule)}`, () => {
      assert.throws(() => createTripCounter(rule, new VirtualClock()), message);
    });
  }
});

function setup(rule: TripRule) {
  const clock = new VirtualClock();
  const counter = createTripCounter(rule, clock);
  return { clock, note: (failed: boolean) => counter.note(failed) };
}
