import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { sleep } from "../base/clock.js";
import { VirtualClock } from "./virtual-clock.js";

describe("VirtualClock", () => {
  it("stands still until it is told to move", async () => {
    const clock = new VirtualClock(1_000_000);
    assert.deepEqual([clock.now(), clock.wallTime()], [0, 1_000_000]);
    await clock.advance(250);

    assert.deepEqual([clock.now(), clock.wallTime()], [250, 1_000_250]);
  });

  it("runs tasks when they are due, those of one time in the order they were made", async () => {
    const { clock, ran, task } = setup();
    task("late", 20);
    task("first", 10);
    task("second", 10);
    await clock.advance(15);

    assert.deepEqual(ran, ["first@10", "second@10"]);
    assert.equal(clock.pending, 1);
  });

  it("lets promises settle between two tasks", async () => {
    const { clock, ran, task } = setup();
    const slept = async () => {
      await sleep(clock, 10);
      await Promise.resolve();
      ran.push("woken");
    };
    void slept();
    task("after", 10);
    await clock.advance(10);

    assert.deepEqual(ran, ["woken", "after@10"]);
  });

  it("runs in the same advance what a task makes due", async () => {
    const { clock, ran, task } = setup();
    clock.schedule(5, () => task("nested", 5));
    await clock.advance(10);

    assert.deepEqual(ran, ["nested@10"]);
  });

  it("runs what is due now without moving", async () => {
    const { clock, ran, task } = setup();
    task("now", 0);
    task("overdue", -5);
    await clock.advance(0);

    assert.deepEqual(ran, ["now@0", "overdue@0"]);
  });

  it("forgets a task whose handle is disposed, before it ran and after", async () => {
    const { clock, ran, task } = setup();
    const done = task("done", 1);
    const dropped = task("dropped", 2);
    dropped[Symbol.dispose]();
    await clock.advance(5);
    done[Symbol.dispose]();
    dropped[Symbol.dispose]();

    assert.deepEqual(ran, ["done@1"]);
    assert.equal(clock.pending, 0);
  });

  it("keeps the order whatever is made and dropped", async () => {
    const script = fc.array(fc.record({ delayMs: fc.nat(50), dropped: fc.boolean() }), { maxLength: 200 });
    await fc.assert(
      fc.asyncProperty(script, async (steps) => {
        const { clock, ran, task } = setup();
        const tasks = steps.map(({ delayMs }, index) => task(String(index), delayMs));
        steps.forEach(({ dropped }, index) => dropped && tasks[index]![Symbol.dispose]());
        await clock.advance(50);

        const expected = steps
          .map(({ delayMs, dropped }, index) => ({ name: `${index}@${delayMs}`, delayMs, dropped }))
          .filter(({ dropped }) => !dropped)
          .sort((a, b) => a.delayMs - b.delayMs);
        assert.deepEqual(
          ran,
          expected.map(({ name }) => name),
        );
      }),
      { numRuns: 50 },
    );
  });

  describe("run", () => {
    it("runs all there is, in order, with promises settled between tasks", async () => {
      const { clock, ran, task } = setup();
      const slept = async () => {
        await sleep(clock, 10);
        for (let depth = 0; depth < 100; depth += 1) await Promise.resolve();
        ran.push("woken");
        task("nested", 1000);
      };
      void slept();
      task("after", 10);
      await clock.run();

      assert.deepEqual(ran, ["woken", "after@10", "nested@1010"]);
      assert.equal(clock.now(), 1010);
    });

    it("leaves what is due beyond its end", async () => {
      const { clock, ran, task } = setup();
      task("early", 10);
      task("late", 11);
      await clock.run({ endMs: 10 });

      assert.deepEqual(ran, ["early@10"]);
      assert.deepEqual([clock.now(), clock.pending], [10, 1]);
    });

    it("ends when it is told that all is done", async () => {
      const { clock, ran, task } = setup();
      const again = () => {
        task("tick", 0);
        clock.schedule(5, again);
      };
      again();
      await clock.run({ until: () => ran.length >= 3000 });

      assert.equal(ran.length, 3000);
    });

    it("fails like a task that throws", async () => {
      const { clock } = setup();
      clock.schedule(1, () => {
        throw new Error("broken");
      });

      await assert.rejects(clock.run(), /broken/);
    });
  });
});

function setup() {
  const clock = new VirtualClock();
  const ran: string[] = [];
  const task = (name: string, delayMs: number) =>
    clock.schedule(delayMs, () => ran.push(`${name}@${clock.now()}`));
  return { clock, ran, task };
}
