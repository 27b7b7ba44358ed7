import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isMillraceError, type MillraceError } from "../../base/errors.js";
import { createContext } from "../../service/context.js";
import type { DoneListener } from "../../service/done.js";
import { MockService } from "../../testing/mock-service.js";
import { VirtualClock } from "../../testing/virtual-clock.js";
import { type CallOptions, callOptions } from "./call-options.js";
import { overallDeadline } from "./overall-deadline.js";

const endpoint = { service: "A", version: undefined, name: "get", method: "GET", path: "/" };

describe("overallDeadline", () => {
  it("passes a call on untouched where there is no limit", async () => {
    const { inner, service, clock } = setup({});
    const context = createContext();
    const answer = service.call("ping", context);
    assert.equal(inner.last.context, context);
    inner.last.respond("pong");

    assert.equal(await answer, "pong");
    assert.equal(clock.pending, 0);
  });

  it("ends a call that has no answer in time, and tells those inside", async () => {
    const { inner, service, clock } = setup({ limitMs: 1_000 });
    const failed = assert.rejects(service.call("ping", createContext()), isTimeout);
    assert.equal(inner.last.context.deadline, clock.now() + 1_000);
    await clock.advance(1_001);

    await failed;
    assert.equal(inner.last.context.aborted, true);
    assert.ok(isTimeout(inner.last.context.reason));
  });

  it("ends a call whose answer is still being read", async () => {
    const { inner, service, clock, reading } = setup({ limitMs: 1_000, reads: true });
    const answer = service.call("ping", createContext());
    await clock.advance(999);
    inner.last.respond("pong");
    assert.equal(await answer, "pong");
    assert.equal(reading.length, 1);
    assert.equal(inner.last.context.aborted, false);
    await clock.advance(2);

    assert.ok(isTimeout(inner.last.context.reason));
  });

  it("leaves a call alone that was read in time", async () => {
    const { inner, service, clock, reading } = setup({ limitMs: 1_000, reads: true });
    const answer = service.call("ping", createContext());
    inner.last.respond("pong");
    await answer;
    reading[0]!.callDone();
    await clock.advance(5_000);

    assert.equal(inner.last.context.aborted, false);
    assert.equal(clock.pending, 0);
  });

  it("lets a call say how long it may take, be that shorter or longer", async () => {
    for (const [deadlineMs, endsAt] of [
      [10, 10],
      [5_000, 5_000],
    ] as const) {
      const { service, clock } = setup({ limitMs: 1_000 });
      const failed = assert.rejects(service.call("ping", contextWith({ deadlineMs })), isTimeout);
      let over = false;
      void failed.then(() => (over = true));
      await clock.advance(endsAt - 1);
      assert.equal(over, false);
      await clock.advance(2);
      await failed;
    }
  });

  it("holds to a deadline that came with the call", async () => {
    const { service, clock, inner } = setup({ limitMs: 1_000 });
    const near = createContext({ deadline: clock.now() + 10 });
    const failed = assert.rejects(service.call("ping", near), isTimeout);
    assert.equal(inner.last.context.deadline, clock.now() + 10);
    await clock.advance(11);
    await failed;
    const passed = createContext({ deadline: clock.now() });

    await assert.rejects(service.call("ping", passed), (error) => isTimeout(error) && error.unsent);
    assert.equal(inner.calls.length, 1);
  });

  it("fails as the inner call does, and leaves nothing", async () => {
    const { inner, service, clock } = setup({});
    const failed = assert.rejects(service.call("ping", contextWith({ deadlineMs: 10 })), /broken/);
    inner.last.fail(new Error("broken"));

    await failed;
    assert.equal(clock.pending, 0);
  });

  it("passes on that the caller gave up", async () => {
    const { inner, service, clock } = setup({});
    const caller = contextWith({ deadlineMs: 10 });
    const failed = assert.rejects(service.call("ping", caller), /changed my mind/);
    caller.abort(new Error("changed my mind"));
    assert.equal(inner.last.context.aborted, true);
    inner.last.fail(inner.last.context.reason as Error);

    await failed;
    assert.equal(clock.pending, 0);
  });

  it("rejects a limit that is not positive", () => {
    assert.throws(() => overallDeadline({ limitMs: 0 }), /overallDeadline\.limitMs: expected a positive/);
  });
});

function setup({ limitMs, reads }: { readonly limitMs?: number; readonly reads?: boolean }) {
  const clock = new VirtualClock();
  const inner = new MockService<string, string>();
  const reading: DoneListener[] = [];
  const whenDone = (_: string, listener: DoneListener) => {
    if (reads) reading.push(listener);
    else listener.callDone();
  };
  const service = overallDeadline<string, string>({ limitMs, whenDone, clock })(inner);
  return { clock, inner, service, reading };
}

function contextWith(options: Omit<CallOptions, "endpoint">) {
  const context = createContext();
  context.set(callOptions, { endpoint, ...options });
  return context;
}

function isTimeout(error: unknown): error is MillraceError {
  return isMillraceError(error, "timeout") && error.phase === "call";
}
