import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { Clock, Timer } from "../base/clock.js";
import { VirtualClock } from "../testing/virtual-clock.js";
import { type Deadlined, Deadlines } from "./deadlines.js";

describe("Deadlines", () => {
  it("arms one timer for any number of waits that overlap, and cancels it with the last", async () => {
    const clock = new VirtualClock();
    const deadlines = new Deadlines(clock);
    const waits = [1, 2, 3].map(() => watch(deadlines, clock, 100));

    assert.equal(clock.pending, 1);
    for (const wait of waits) deadlines.delete(wait);
    assert.equal(clock.pending, 0);
  });

  it("keeps the timer of a layer that is used again, without keeping the process alive", () => {
    const { clock, timers } = clockOfTheProcess();
    const deadlines = new Deadlines(clock);
    for (let count = 0; count < 5; count += 1) deadlines.delete(watch(deadlines, clock, 100));

    assert.deepEqual(
      timers.map(({ serves, disposed }) => [serves, disposed]),
      [
        ["call", true],
        ["upkeep", false],
      ],
    );
    watch(deadlines, clock, 100);
    assert.equal(timers.length, 2);
    assert.equal(timers[1]!.serves, "call");
  });

  it("lets a kept timer end that nobody needs", async () => {
    const { clock, timers } = clockOfTheProcess();
    const deadlines = new Deadlines(clock);
    for (let count = 0; count < 3; count += 1) deadlines.delete(watch(deadlines, clock, 100));
    await clock.advance(100);

    assert.equal(clock.pending, 0);
    assert.equal(timers.length, 2);
  });

  it("is on time for one that is added as another expires", async () => {
    const clock = new VirtualClock();
    const deadlines = new Deadlines(clock);
    let second: Wait | undefined;
    const first = watch(deadlines, clock, 100, () => (second = watch(deadlines, clock, 100)));
    await clock.advance(300);

    assert.deepEqual([first.expiredAt, second!.expiredAt], [100, 200]);
    assert.equal(clock.pending, 0);
  });

  for (const [name, make] of [
    ["timers that must be cancelled", () => ({ clock: new VirtualClock() })],
    ["timers that can be kept", clockOfTheProcess],
  ] as const) {
    it(`expires each wait on its millisecond, and none that has ended, with ${name}`, async () => {
      const step = fc.oneof(
        fc.record({ kind: fc.constant("add" as const) }),
        fc.record({ kind: fc.constant("delete" as const), which: fc.nat() }),
        fc.record({ kind: fc.constant("pass" as const), ms: fc.integer({ min: 1, max: 70 }) }),
      );
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
          const { clock } = make();
          const deadlines = new Deadlines(clock);
          const ended = new Set<Wait>();
          const waits: Wait[] = [];
          for (const step of steps) {
            const open = waits.filter((wait) => wait.expiredAt === undefined && !ended.has(wait));
            if (step.kind === "add") waits.push(watch(deadlines, clock, 50));
            else if (step.kind === "pass") await clock.advance(step.ms);
            else if (open.length > 0) {
              const wait = open[step.which % open.length]!;
              deadlines.delete(wait);
              ended.add(wait);
            }
          }
          await clock.advance(100);
          for (const wait of waits)
            assert.equal(wait.expiredAt, ended.has(wait) ? undefined : wait.expiresAt);
          assert.equal(clock.pending, 0);
        }),
        { numRuns: 60 },
      );
    });
  }
});

interface Wait extends Deadlined {
  expiredAt: number | undefined;
}

function watch(deadlines: Deadlines, clock: Clock, limitMs: number, onExpired?: () => void): Wait {
  const wait: Wait = {
    expiresAt: clock.now() + limitMs,
    expiredAt: undefined,
    earlier: undefined,
    later: undefined,
    expire() {
      assert.equal(wait.expiredAt, undefined);
      wait.expiredAt = clock.now();
      onExpired?.();
    },
  };
  deadlines.add(wait);
  return wait;
}

interface SpiedTimer extends Timer {
  serves: "call" | "upkeep";
  disposed: boolean;
}

/** A virtual clock whose timers can be told not to keep the process alive, as those of the system can. */
function clockOfTheProcess() {
  const timers: SpiedTimer[] = [];
  const clock = new (class extends VirtualClock {
    override schedule(delayMs: number, run: () => void): Timer {
      const timer = super.schedule(delayMs, run);
      const spied: SpiedTimer = {
        serves: "call",
        disposed: false,
        serve: (serves) => (spied.serves = serves),
        [Symbol.dispose]: () => {
          spied.disposed = true;
          timer[Symbol.dispose]();
        },
      };
      timers.push(spied);
      return spied;
    }
  })();
  return { clock, timers };
}
