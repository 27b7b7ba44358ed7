import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isMillraceError } from "../../base/errors.js";
import { MockService } from "../../testing/mock-service.js";
import { VirtualClock } from "../../testing/virtual-clock.js";
import { createContext } from "../context.js";
import { type DeadlineOptions, deadline } from "./deadline.js";

describe("deadline", () => {
  it("passes a call without a deadline on, untouched", async () => {
    const { clock, inner, service } = setup();
    const context = createContext();
    const response = service.call("ping", context);
    inner.last.respond("pong");

    assert.equal(await response, "pong");
    assert.equal(inner.last.context, context);
    assert.equal(clock.pending, 0);
  });

  it("fails and aborts a call at its deadline", async () => {
    const { clock, inner, service } = setup();
    const rejected = assert.rejects(service.call("ping", createContext({ deadline: 100 })), {
      code: "timeout",
      phase: "call",
      unsent: false,
    });
    await clock.advance(100);

    await rejected;
    assert.ok(isMillraceError(inner.last.context.reason, "timeout"));
    assert.equal(clock.pending, 0);
  });

  it("lets a response that is there at the deadline win", async () => {
    const { clock, inner, service } = setup();
    const response = service.call("ping", createContext({ deadline: 100 }));
    clock.schedule(100, () => inner.last.respond("pong"));
    await clock.advance(100);

    assert.equal(await response, "pong");
    assert.equal(clock.pending, 0);
  });

  it("starts no call whose deadline has passed", async () => {
    const { clock, inner, service } = setup();
    await clock.advance(100);

    const late = service.call("ping", createContext({ deadline: 100 }));
    await assert.rejects(late, { code: "timeout", unsent: true, message: "the deadline has passed" });
    assert.equal(inner.calls.length, 0);
  });

  it("starts no call that has less time than it needs", async () => {
    const { inner, service } = setup({ neededMs: 50 });

    const short = service.call("ping", createContext({ deadline: 50 }));
    await assert.rejects(short, { message: "the deadline is only 50 ms away" });
    void service.call("ping", createContext({ deadline: 51 }));
    assert.equal(inner.calls.length, 1);
  });

  it("reports the caller's reason when the caller gives up first", async () => {
    const { clock, service } = setup();
    const caller = createContext({ deadline: 100 });
    const response = service.call("ping", caller);
    caller.abort(new Error("changed my mind"));

    await assert.rejects(response, /changed my mind/);
    assert.equal(clock.pending, 0);
  });

  it("rejects a need out of its range", () => {
    for (const neededMs of [-1, Number.NaN]) {
      assert.throws(() => deadline({ neededMs }), /deadline\.neededMs: expected a number from 0/);
    }
  });
});

function setup(options: DeadlineOptions<string> = {}) {
  const clock = new VirtualClock();
  const inner = new MockService<string, string>();
  return { clock, inner, service: deadline<string, string>({ clock, ...options })(inner) };
}
