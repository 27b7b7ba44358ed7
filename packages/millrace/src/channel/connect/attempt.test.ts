import assert from "node:assert/strict";
import { Socket } from "node:net";
import { describe, it } from "node:test";
import { isMillraceError } from "../../base/errors.js";
import { VirtualClock } from "../../testing/virtual-clock.js";
import { settleConnect } from "./attempt.js";

describe("settleConnect", () => {
  it("settles when the socket has connected, and lets go of everything", async () => {
    const { socket, clock, attempt } = setup();
    socket.emit("connect");
    await attempt;

    assert.equal(socket.destroyed, false);
    assert.equal(clock.pending, 0);
    for (const event of ["connect", "error"]) assert.equal(socket.listenerCount(event), 0);
  });

  it("fails once the time has passed, with nothing sent", async () => {
    const { socket, clock, attempt } = setup();
    const failed = assert.rejects(attempt, (error) => {
      assert.ok(isMillraceError(error, "timeout"));
      assert.deepEqual([error.phase, error.unsent], ["connect", true]);
      assert.equal(error.message, "no connection to a.test:80 within 2000 ms");
      return true;
    });
    await clock.advance(1_999);
    assert.equal(socket.destroyed, false);
    await clock.advance(1);

    await failed;
    assert.equal(socket.destroyed, true);
    assert.equal(clock.pending, 0);
  });

  it("fails with the system's reason, and keeps the cause", async () => {
    const { socket, attempt } = setup();
    const cause = Object.assign(new Error("connect ECONNREFUSED 127.0.0.1:80"), { code: "ECONNREFUSED" });
    socket.emit("error", cause);

    await assert.rejects(attempt, (error) => {
      assert.ok(isMillraceError(error, "connect-failed"));
      assert.deepEqual([error.unsent, error.cause], [true, cause]);
      return true;
    });
  });

  it("survives whatever the socket says after it has failed", async () => {
    const { socket, attempt } = setup();
    socket.emit("error", new Error("first"));
    socket.emit("error", new Error("second"));

    await assert.rejects(attempt, /first/);
  });

  it("fails when the socket closes without a word", async () => {
    const { socket, attempt } = setup();
    socket.destroy();

    await assert.rejects(attempt, /the connection closed/);
  });

  it("rejects with the caller's reason when the caller gives up", async () => {
    const caller = new AbortController();
    const { socket, clock, attempt } = setup(caller.signal);
    caller.abort(new Error("changed my mind"));

    await assert.rejects(attempt, /changed my mind/);
    assert.equal(socket.destroyed, true);
    assert.equal(clock.pending, 0);
  });

  it("does not wait for a caller who gave up before", async () => {
    const { socket, attempt } = setup(AbortSignal.abort(new Error("late")));

    await assert.rejects(attempt, /late/);
    assert.equal(socket.destroyed, true);
  });
});

function setup(signal?: AbortSignal) {
  const clock = new VirtualClock();
  const socket = new Socket();
  const attempt = settleConnect(socket, "connect", { target: "a.test:80", timeoutMs: 2_000, clock, signal });
  return { clock, socket, attempt };
}
