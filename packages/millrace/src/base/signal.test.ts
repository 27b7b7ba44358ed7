import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { describe, it } from "node:test";
import { createDeferred } from "./deferred.js";
import { ChildAbort, follow, raceSignal, unfollow } from "./signal.js";

describe("follow", () => {
  it("puts one listener on a signal, however many follow it, and none when nobody does", () => {
    const { signal } = new AbortController();
    const followers = Array.from({ length: 100 }, () => ({ callAborted: () => {} }));
    for (const follower of followers) follow(signal, follower);
    assert.equal(getEventListeners(signal, "abort").length, 1);
    for (const follower of followers) unfollow(signal, follower);
    unfollow(signal, followers[0]!);
    assert.equal(getEventListeners(signal, "abort").length, 0);

    follow(signal, followers[0]!);
    assert.equal(getEventListeners(signal, "abort").length, 1);
  });

  it("tells all who follow, once, in their order, but not who left or was taken back meanwhile", () => {
    const parent = new AbortController();
    const told: string[] = [];
    const third = { callAborted: () => void told.push("third") };
    const first = {
      callAborted: (reason: unknown) => {
        told.push(`first ${String(reason)}`);
        unfollow(parent.signal, third);
      },
    };
    const gone = { callAborted: () => void told.push("gone") };
    const second = { callAborted: () => void told.push("second") };
    for (const follower of [gone, first, second, third]) follow(parent.signal, follower);
    unfollow(parent.signal, gone);
    parent.abort("enough");
    parent.abort("again");

    assert.deepEqual(told, ["first enough", "second"]);
    assert.equal(getEventListeners(parent.signal, "abort").length, 0);
  });

  it("tells all though one throws, whose error nobody catches, as that of any listener", (t) => {
    const thrown: (() => void)[] = [];
    t.mock.method(globalThis, "queueMicrotask", (task: () => void) => void thrown.push(task));
    const parent = new AbortController();
    const told: string[] = [];
    const faulty = {
      callAborted: () => {
        throw new Error("a bug");
      },
    };
    follow(parent.signal, faulty);
    follow(parent.signal, { callAborted: () => void told.push("second") });
    parent.abort();

    assert.deepEqual(told, ["second"]);
    assert.equal(thrown.length, 1);
    assert.throws(thrown[0]!, /a bug/);
  });
});

describe("ChildAbort", () => {
  it("aborts when its parent does, for the same reason", () => {
    const parent = new AbortController();
    const child = new ChildAbort(parent.signal);
    parent.abort("enough");

    assert.equal(child.signal.aborted, true);
    assert.equal(child.signal.reason, "enough");
  });

  it("is aborted from the start when its parent is", () => {
    const child = new ChildAbort(AbortSignal.abort("before"));

    assert.equal(child.signal.reason, "before");
  });

  it("leaves its parent alone when it aborts itself", () => {
    const parent = new AbortController();
    const child = new ChildAbort(parent.signal);
    child.abort("own reason");

    assert.equal(child.signal.reason, "own reason");
    assert.equal(parent.signal.aborted, false);
  });

  it("follows its parent no longer once disposed", () => {
    const parent = new AbortController();
    const child = new ChildAbort(parent.signal);
    child[Symbol.dispose]();
    assert.equal(getEventListeners(parent.signal, "abort").length, 0);

    parent.abort();
    assert.equal(child.signal.aborted, false);
  });
});

describe("raceSignal", () => {
  it("settles like the work", async () => {
    const { signal } = new AbortController();

    assert.equal(await raceSignal(signal, async () => "done"), "done");
    await assert.rejects(
      raceSignal(signal, async () => {
        throw new Error("broken");
      }),
      /broken/,
    );
    assert.equal(getEventListeners(signal, "abort").length, 0);
  });

  it("rejects with the reason of a signal that aborts first", async () => {
    const caller = new AbortController();
    const raced = raceSignal(caller.signal, () => createDeferred<string>().promise);
    caller.abort(new Error("too slow"));

    await assert.rejects(raced, /too slow/);
    assert.equal(getEventListeners(caller.signal, "abort").length, 0);
  });

  it("does not start the work of a signal that has aborted", async () => {
    const start = () => assert.fail("it started");

    await assert.rejects(raceSignal(AbortSignal.abort(new Error("late")), start), /late/);
  });
});
