import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { MillraceError } from "../../base/errors.js";
import { MockBodies } from "../../testing/mock-bodies.js";
import { MockService } from "../../testing/mock-service.js";
import { settle, VirtualClock } from "../../testing/virtual-clock.js";
import { createContext } from "../context.js";
import { faults } from "../fault.js";
import { AimdLimit } from "../limit/aimd-limit.js";
import type { LimitAlgorithm, LimitSample } from "../limit/limit-algorithm.js";
import { type AdaptiveLimitOptions, adaptiveLimit } from "./adaptive-limit.js";

describe("adaptiveLimit", () => {
  it("lets 20 calls run to begin with, and the next when one is answered", async () => {
    const { inner, service, start } = setup();
    start(21);
    assert.equal(inner.calls.length, 20);
    assert.equal(service.ready, false);
    inner.calls[0]!.respond("done");
    await settle();

    assert.equal(inner.calls.length, 21);
  });

  it("lets fewer run after a dropped call", async () => {
    const { inner, limits, start } = setup();
    start(30);
    inner.calls[0]!.fail(new MillraceError("full", { code: "overloaded", unsent: true }));
    await settle();
    assert.equal(inner.calls.length, 20);
    for (const call of inner.calls.slice(1, 3)) call.fail(new Error("no news"));
    await settle();

    assert.equal(inner.calls.length, 21);
    assert.deepEqual(limits, [18]);
  });

  it("tells the algorithm how long a call took and how many were in flight", async () => {
    const samples: LimitSample[] = [];
    const algorithm = () => ({ limit: 5, note: (sample: LimitSample) => void samples.push(sample) });
    const { clock, inner, start } = setup({ algorithm });
    start(2);
    await clock.advance(30);
    inner.calls[1]!.respond("done");
    await settle();

    assert.deepEqual(samples, [{ verdict: "success", rttMs: 30, inFlight: 2 }]);
  });

  it("does not learn from a call whose caller gave up, and has its place back", async () => {
    const { service, limits } = setup({ algorithm: () => new AimdLimit({ initial: 1 }) });
    const caller = createContext();
    const response = service.call("ping", caller);
    caller.abort(new MillraceError("too slow", { code: "timeout", unsent: false }));

    await assert.rejects(response, /too slow/);
    assert.deepEqual(limits, []);
    assert.equal(service.ready, true);
  });

  it("holds the place until the response has been read", async () => {
    const bodies = new MockBodies<string>();
    const judge = () => "ignored" as const;
    const algorithm = () => new AimdLimit({ initial: 1 });
    const { inner, service } = setup({ algorithm, judge, whenDone: bodies.whenDone });
    const response = service.call("ping", createContext());
    inner.last.respond("streaming");
    await response;
    await settle();
    assert.equal(service.ready, false);
    const waiting = service.whenReady();
    bodies.end("streaming");

    await waiting;
    assert.equal(service.ready, true);
  });

  it("ignores a call whose judge throws, and tells the fault", async () => {
    const heard: string[] = [];
    using _listener = faults.subscribe(({ where }) => heard.push(where));
    const { inner, service, limits } = setup({
      judge: () => {
        throw new Error("clumsy");
      },
    });
    const response = service.call("ping", createContext());
    inner.last.respond("pong");

    assert.equal(await response, "pong");
    assert.deepEqual([heard, limits], [["adaptiveLimit.judge"], []]);
  });

  for (const [name, broken] of [
    ["throws", () => ({ limit: 1, note: mistake })],
    ["comes to no number", () => algorithmOf(1, Number.NaN)],
  ] as const) {
    it(`keeps its limit, gives places back and tells the fault when an algorithm ${name}`, async () => {
      const heard: string[] = [];
      using _listener = faults.subscribe(({ where }) => heard.push(where));
      const { inner, service } = setup({ algorithm: broken });
      const response = service.call("a", createContext());
      void service.call("b", createContext());
      inner.last.respond("done");
      assert.equal(await response, "done");
      await settle();

      assert.deepEqual(
        inner.calls.map(({ request }) => request),
        ["a", "b"],
      );
      assert.equal(heard[0], "adaptiveLimit.algorithm");
    });
  }

  it("rejects an algorithm that does not begin with a limit, at once", () => {
    assert.throws(
      () => adaptiveLimit({ algorithm: () => algorithmOf(0.5, 1) }),
      /adaptiveLimit\.algorithm\.limit: expected a number of at least 1, found 0\.5/,
    );
  });

  it("finds options out of their range at once", () => {
    assert.throws(
      () => adaptiveLimit({ algorithm: () => new AimdLimit({ min: 0 }) }),
      /aimdLimit\.min: .* found 0/,
    );
  });

  it("never starts a call beyond the limit in force, and loses none", async () => {
    const step = fc.constantFrom("call", "respond", "drop", "ignore", "abort");
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 80 }), async (steps) => {
        let limit = 4;
        const algorithm = () => new AimdLimit({ initial: 4 });
        const { inner, service } = setup({ algorithm, onLimit: (now) => (limit = now) });
        let ended = 0;
        const callers: ReturnType<typeof createContext>[] = [];
        const running = () => inner.calls.filter(({ settled }) => !settled);
        for (const each of steps) {
          const before = inner.calls.length;
          const [oldest] = running();
          if (each === "call") {
            const caller = createContext();
            callers.push(caller);
            const end = () => (ended += 1);
            service.call("x", caller).then(end, end);
          } else if (each === "respond") oldest?.respond("done");
          else if (each === "drop") oldest?.fail(new MillraceError("", { code: "timeout", unsent: false }));
          else if (each === "ignore") oldest?.fail(new Error("no news"));
          else callers[Math.floor(callers.length / 2)]?.abort(new Error("tired"));
          await settle();
          if (inner.calls.length > before) assert.ok(running().length <= limit);
        }
        for (let calls = running(); calls.length > 0; calls = running()) {
          for (const call of calls) call.respond("done");
          await settle();
        }
        assert.equal(ended, callers.length);
      }),
      { numRuns: 60 },
    );
  });
});

function setup(options: AdaptiveLimitOptions<string> = {}) {
  const clock = new VirtualClock();
  const inner = new MockService<string, string>();
  const limits: number[] = [];
  const onLimit = (limit: number) => void limits.push(limit);
  const service = adaptiveLimit<string, string>({ clock, onLimit, ...options })(inner);
  const start = (count: number) => {
    for (let index = 0; index < count; index += 1) service.call("x", createContext()).catch(() => {});
  };
  return { clock, inner, service, limits, start };
}

function mistake(): never {
  throw new Error("mistake");
}

/** An algorithm that has learned its limit with the first call. */
function algorithmOf(before: number, after: number): LimitAlgorithm {
  let limit = before;
  return {
    get limit() {
      return limit;
    },
    note: () => void (limit = after),
  };
}
