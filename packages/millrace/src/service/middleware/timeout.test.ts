import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { isMillraceError, type MillraceError } from "../../base/errors.js";
import { MockBodies } from "../../testing/mock-bodies.js";
import { MockService } from "../../testing/mock-service.js";
import { settle, VirtualClock } from "../../testing/virtual-clock.js";
import { createContext } from "../context.js";
import { isAsReadyAsInside } from "./readiness.test.fixture.js";
import { type TimeoutOptions, timeout } from "./timeout.js";

describe("timeout", () => {
  it("answers with the inner response when it arrives in time", async () => {
    const { clock, inner, service } = setup();
    const response = service.call("ping", createContext());
    await clock.advance(99);
    inner.last.respond("pong");

    assert.equal(await response, "pong");
    assert.equal(clock.pending, 0);
  });

  it("lets an inner failure through untouched", async () => {
    const { clock, inner, service } = setup();
    const response = service.call("ping", createContext());
    const failure = new Error("broken");
    inner.last.fail(failure);

    await assert.rejects(response, (error) => error === failure);
    assert.equal(clock.pending, 0);
  });

  it("fails and aborts the inner call once the limit has passed", async () => {
    const { clock, inner, service } = setup();
    const rejected = assert.rejects(service.call("ping", createContext()), {
      code: "timeout",
      phase: "call",
      unsent: false,
      message: "no response within 100 ms",
    });
    await clock.advance(100);

    await rejected;
    assert.ok(isMillraceError(inner.last.context.reason, "timeout"));
    assert.equal(clock.pending, 0);
  });

  it("fails at the limit also when the inner service does not listen", async () => {
    const { clock, service } = setup({}, new MockService({ deaf: true }));
    const rejected = assert.rejects(service.call("ping", createContext()), { code: "timeout" });
    await clock.advance(100);

    await rejected;
  });

  it("lets a response that is there at the deadline win", async () => {
    const { clock, inner, service } = setup();
    clock.schedule(100, () => inner.calls[0]!.respond("from before the call"));
    const before = service.call("ping", createContext());
    const after = service.call("ping", createContext());
    clock.schedule(100, () => inner.calls[1]!.respond("from after the call"));
    await clock.advance(100);

    assert.deepEqual(await Promise.all([before, after]), ["from before the call", "from after the call"]);
  });

  it("counts for each call from its own beginning, with one timer for all of them", async () => {
    const { clock, service } = setup();
    const ended: string[] = [];
    const call = (name: string) =>
      service.call(name, createContext()).catch(() => ended.push(`${name} ${clock.now()}`));
    void call("a");
    await clock.advance(30);
    void call("b");
    await clock.advance(30);
    void call("c");
    assert.equal(clock.pending, 1);
    await clock.advance(100);

    assert.deepEqual(ended, ["a 100", "b 130", "c 160"]);
    assert.equal(clock.pending, 0);
  });

  it("keeps the other calls' limits when one in the middle is answered", async () => {
    const { clock, inner, service } = setup();
    const calls = ["a", "b", "c"].map((name) =>
      service.call(name, createContext()).catch((error) => error.code),
    );
    inner.calls[1]!.respond("pong");
    await clock.advance(100);

    assert.deepEqual(await Promise.all(calls), ["timeout", "pong", "timeout"]);
  });

  it("sets the deadline of what is inside, never later than the caller's", async () => {
    const { clock, inner, service } = setup();
    await clock.advance(1000);
    void service.call("ping", createContext());
    void service.call("ping", createContext({ deadline: 1050 }));

    assert.deepEqual(
      inner.calls.map(({ context }) => context.deadline),
      [1100, 1050],
    );
  });

  it("reports the caller's reason when the caller gives up first", async () => {
    const { clock, inner, service } = setup({}, new MockService({ deaf: true }));
    const caller = createContext();
    const response = service.call("ping", caller);
    caller.abort(new Error("changed my mind"));

    await assert.rejects(response, /changed my mind/);
    assert.equal(inner.last.context.aborted, true);
    assert.equal(clock.pending, 0);
  });

  it("makes no call for a caller that has given up", async () => {
    const { clock, inner, service } = setup();
    const caller = createContext();
    caller.abort(new Error("never mind"));

    await assert.rejects(service.call("ping", caller), /never mind/);
    assert.equal(inner.calls.length, 0);
    assert.equal(clock.pending, 0);
  });

  it("lets the caller be heard below until the response has been read", async () => {
    const bodies = new MockBodies<string>();
    const { inner, service } = setup({ whenDone: bodies.whenDone });
    const [reader, quitter] = [createContext(), createContext()];
    const responses = [service.call("ping", reader), service.call("ping", quitter)];
    inner.calls[0]!.respond("read");
    inner.calls[1]!.respond("half read");
    await Promise.all(responses);
    bodies.end("read");
    reader.abort();
    quitter.abort("enough");

    assert.equal(inner.calls[0]!.context.aborted, false);
    assert.equal(inner.calls[1]!.context.reason, "enough");
  });

  it("does not limit how long a body takes", async () => {
    const bodies = new MockBodies<string>();
    const { clock, inner, service } = setup({ whenDone: bodies.whenDone });
    const response = service.call("ping", createContext());
    inner.last.respond("long");
    await response;
    await clock.advance(1000);

    assert.equal(inner.last.context.aborted, false);
  });

  isAsReadyAsInside(setup);

  it("limits the wait in the line of what is inside", async () => {
    const { clock, inner, service } = setup();
    inner.allow(0);
    const rejected = assert.rejects(service.call("ping", createContext()), { code: "timeout" });
    await clock.advance(100);

    await rejected;
    assert.equal(inner.waiting, 0);
  });

  it("does not count the wait for readiness when told so, and keeps the order", async () => {
    const { clock, inner, service } = setup({ countsLine: false });
    inner.allow(0);
    const first = service.call("a", createContext()).catch((error) => error.code);
    const second = service.call("b", createContext());
    await clock.advance(1000);
    inner.allow(2);
    await settle();
    inner.calls[1]!.respond("pong");
    await clock.advance(100);

    assert.deepEqual([await first, await second], ["timeout", "pong"]);
    assert.deepEqual(
      inner.calls.map(({ request }) => request),
      ["a", "b"],
    );
  });

  it("keeps a process alive for a call under way, and not for calls that were answered", () => {
    assert.deepEqual([runProgram(), runProgram("wait")], ["", "timeout"]);
  });

  for (const limitMs of [0, -1, Number.NaN]) {
    it(`rejects a limit of ${limitMs}`, () => {
      assert.throws(
        () => timeout({ limitMs }),
        (error: MillraceError) => error.code === "invalid-options" && /timeout\.limitMs/.test(error.message),
      );
    });
  }
});

function setup(options: Partial<TimeoutOptions<string>> = {}, inner = new MockService<string, string>()) {
  const clock = new VirtualClock();
  const service = timeout<string, string>({ limitMs: 100, clock, ...options })(inner);
  return { clock, inner, service };
}

/** What a program says that makes calls under a limit of an hour. It must end long before. */
function runProgram(...args: string[]): string {
  const program = fileURLToPath(new URL("./timeout-process.test.fixture.js", import.meta.url));
  const { status, stdout } = spawnSync(process.execPath, [program, ...args], {
    encoding: "utf8",
    timeout: 60_000,
  });
  assert.equal(status, 0);
  return stdout;
}
