import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { VirtualClock } from "../../testing/virtual-clock.js";
import { type ReadyCheck, untilReady } from "./readiness.js";

describe("untilReady", () => {
  it("asks at once, and again 100 ms after each check that says no or fails, until one passes", async () => {
    const clock = new VirtualClock();
    const askedAt: number[] = [];
    const check: ReadyCheck = () => {
      askedAt.push(clock.now());
      if (askedAt.length === 2) throw new Error("the database is down");
      return askedAt.length === 3;
    };
    const began = clock.now();
    const ready = untilReady(check, { clock, withinMs: 1_000, signal: new AbortController().signal });
    await clock.advance(1_000);
    await ready;

    assert.deepEqual(
      askedAt.map((at) => at - began),
      [0, 100, 200],
    );
    assert.equal(clock.pending, 0);
  });

  it("gives up a check that does not answer, and asks again", async () => {
    const clock = new VirtualClock();
    const signals: AbortSignal[] = [];
    const check: ReadyCheck = (signal) => {
      signals.push(signal);
      return signals.length === 1 ? new Promise(() => undefined) : true;
    };
    const ready = untilReady(check, { clock, withinMs: 60_000, signal: new AbortController().signal });
    await clock.advance(5_100);
    await ready;

    assert.deepEqual(
      signals.map(({ aborted }) => aborted),
      [true, false],
    );
    assert.equal(clock.pending, 0);
  });

  it("says why no check has passed when the time is over", async () => {
    const clock = new VirtualClock();
    const options = { clock, withinMs: 1_000, signal: new AbortController().signal };
    const failing = assert.rejects(
      untilReady(() => Promise.reject(new Error("the database is down")), options),
      { code: "timeout", message: /not ready within 1 s: its check fails: the database is down/ },
    );
    const refusing = assert.rejects(
      untilReady(() => false, options),
      { code: "timeout", message: /not ready within 1 s: its check says no/ },
    );
    await clock.advance(1_000);
    await Promise.all([failing, refusing]);

    assert.equal(clock.pending, 0);
  });

  it("ends with its signal, and so does the check that runs", async () => {
    const clock = new VirtualClock();
    const ending = new AbortController();
    let asked!: AbortSignal;
    const check: ReadyCheck = (signal) => {
      asked = signal;
      return new Promise(() => undefined);
    };
    const ended = assert.rejects(
      untilReady(check, { clock, withinMs: 1_000, signal: ending.signal }),
      /stopped/,
    );
    ending.abort(new Error("stopped"));
    await ended;

    assert.equal(asked.aborted, true);
    assert.equal(clock.pending, 0);
  });
});
