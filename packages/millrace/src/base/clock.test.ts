import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { VirtualClock } from "../testing/virtual-clock.js";
import { sleep, systemClock } from "./clock.js";

describe("systemClock", () => {
  it("never goes back", () => {
    const first = systemClock.now();
    const second = systemClock.now();

    assert.ok(second >= first);
  });

  it("tells wall-clock time since the epoch", () => {
    assert.ok(systemClock.wallTime() > Date.UTC(2020, 0, 1));
  });

  it("runs a task once its delay has passed", async () => {
    const started = systemClock.now();
    await new Promise<void>((resolve) => systemClock.schedule(2, resolve));

    // Node counts whole milliseconds, so a timer may be early by a part of one.
    assert.ok(systemClock.now() - started >= 1);
  });

  it("forgets a task whose handle is disposed", async () => {
    let ran = false;
    const task = systemClock.schedule(0, () => (ran = true));
    task[Symbol.dispose]();
    await new Promise<void>((resolve) => systemClock.schedule(2, resolve));

    assert.equal(ran, false);
  });

  it("takes a delay that is longer than a timer can be", () => {
    using task = systemClock.schedule(Infinity, () => assert.fail("it ran"), "upkeep");

    assert.ok(task);
  });
});

describe("sleep", () => {
  it("settles when the time has passed", async () => {
    const clock = new VirtualClock();
    let awake = false;
    const slept = sleep(clock, 100).then(() => (awake = true));
    await clock.advance(99);
    assert.equal(awake, false);

    await clock.advance(1);
    await slept;
    assert.equal(clock.pending, 0);
  });

  it("rejects with the reason of its signal, and leaves no timer", async () => {
    const clock = new VirtualClock();
    const caller = new AbortController();
    const slept = sleep(clock, 100, caller.signal);
    caller.abort(new Error("never mind"));

    await assert.rejects(slept, /never mind/);
    assert.equal(clock.pending, 0);
  });

  it("rejects at once when the signal has aborted before", async () => {
    const clock = new VirtualClock();

    await assert.rejects(sleep(clock, 100, AbortSignal.abort(new Error("too late"))), /too late/);
    assert.equal(clock.pending, 0);
  });
});
