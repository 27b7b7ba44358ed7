import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { describe, it } from "node:test";
import { settle } from "../testing/virtual-clock.js";
import { WaitLine } from "./wait-line.js";

describe("WaitLine", () => {
  it("lets the first in line go first", async () => {
    const { line, gone } = setup(["a", "b", "c"]);
    line.releaseOne();
    line.releaseOne();
    await settle();

    assert.deepEqual(gone, ["a", "b"]);
    assert.equal(line.length, 1);
  });

  it("says when nobody waits", () => {
    assert.equal(new WaitLine().releaseOne(), false);
  });

  it("lets everybody go at once", async () => {
    const { line, gone } = setup(["a", "b", "c"]);
    line.releaseAll();
    await settle();

    assert.deepEqual(gone, ["a", "b", "c"]);
    assert.equal(line.length, 0);
  });

  it("turns everybody away", async () => {
    const line = new WaitLine();
    const waiting = line.join();
    line.rejectAll(new Error("closed"));

    await assert.rejects(waiting, /closed/);
    assert.equal(line.length, 0);
  });

  it("lets a waiter that aborts leave the line", async () => {
    const line = new WaitLine();
    const caller = new AbortController();
    const left = line.join(caller.signal);
    caller.abort(new Error("enough"));

    await assert.rejects(left, /enough/);
    assert.equal(line.length, 0);
  });

  it("does not let in a waiter that has aborted before", async () => {
    const line = new WaitLine();

    await assert.rejects(line.join(AbortSignal.abort(new Error("late"))), /late/);
    assert.equal(line.length, 0);
  });

  it("leaves no listener on the signal of a waiter that was let go", async () => {
    const line = new WaitLine();
    const { signal } = new AbortController();
    const waiting = line.join(signal);
    line.releaseOne();
    await waiting;
    await settle();

    assert.equal(getEventListeners(signal, "abort").length, 0);
  });
});

function setup(names: readonly string[]) {
  const line = new WaitLine();
  const gone: string[] = [];
  for (const name of names) void line.join().then(() => gone.push(name));
  return { line, gone };
}
