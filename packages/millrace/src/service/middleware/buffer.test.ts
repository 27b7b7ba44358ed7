import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { closedError, isMillraceError } from "../../base/errors.js";
import { MockService } from "../../testing/mock-service.js";
import { settle } from "../../testing/virtual-clock.js";
import { type CallControl, createContext, createContextKey } from "../context.js";
import { buffer } from "./buffer.js";

describe("buffer", () => {
  it("T-buffer request and response: hands request and response through", async () => {
    const { inner, service } = setup({ limit: 1 });
    const response = service.call("ping", createContext());
    inner.last.respond("pong");

    assert.equal(await response, "pong");
  });

  it("T-buffer inner not ready: keeps calls in order while the inner service is not ready", async () => {
    const { inner, service } = setup({ limit: 10, allowed: 0 });
    for (const name of ["a", "b", "c"]) void service.call(name, createContext());
    inner.allow(2);
    await settle();
    assert.deepEqual(requests(inner), ["a", "b"]);
    inner.allow(1);
    await settle();

    assert.deepEqual(requests(inner), ["a", "b", "c"]);
  });

  it("does not let a newcomer pass those in line", async () => {
    const { inner, service } = setup({ limit: 10, allowed: 0 });
    void service.call("a", createContext());
    inner.allow(2);
    void service.call("b", createContext());
    await settle();

    assert.deepEqual(requests(inner), ["a", "b"]);
  });

  it("T-buffer cancelled requests cleared: skips calls whose callers gave up, and gives their places to others", async () => {
    const { inner, service } = setup({ limit: 2, allowed: 0 });
    const impatient = createContext();
    const left = service.call("a", impatient);
    void service.call("b", createContext());
    impatient.abort(new Error("tired"));
    await assert.rejects(left, /tired/);
    void service.call("c", createContext());
    inner.allow(2);
    await settle();

    assert.deepEqual(requests(inner), ["b", "c"]);
  });

  it("turns calls away when its line is full", async () => {
    const { service } = setup({ limit: 1, allowed: 0 });
    void service.call("a", createContext());
    assert.equal(service.ready, false);

    await assert.rejects(service.call("b", createContext()), { code: "overloaded", unsent: true });
  });

  it("T-buffer waits for capacity: waits for capacity: is ready again when somebody has left the line", async () => {
    const { inner, service } = setup({ limit: 1, allowed: 0 });
    assert.equal(service.ready, true);
    void service.call("a", createContext());
    const waiting = service.whenReady();
    inner.allow(1);

    await waiting;
    assert.equal(service.ready, true);
  });

  it("T-buffer inner fails: fails those in line and all who come later when the inner service fails for good", async () => {
    const { inner, service } = setup({ limit: 2, allowed: 0 });
    const [first, second] = ["a", "b"].map((name) => service.call(name, createContext()));
    const broken = new Error("gone");
    const expected = { code: "unavailable", unsent: true, cause: broken };
    const failures = [first!, second!, service.whenReady()].map((call) => assert.rejects(call, expected));
    inner.break(broken);

    await Promise.all(failures);
    await assert.rejects(service.call("c", createContext()), expected);
    await assert.rejects(service.whenReady(), expected);
    assert.equal(service.ready, false);
  });

  it("T-buffer worker dropped early: that what is inside has closed is seen by who waits until ready, and by who waits for a response", async () => {
    const { inner, service } = setup({ limit: 1, allowed: 0 });
    const response = service.call("a", createContext());
    const ready = service.whenReady();
    const cause = closedError("the peer");
    inner.break(cause);

    await assert.rejects(response, { code: "unavailable", cause });
    await assert.rejects(ready, { code: "unavailable", cause });
  });

  for (const [how, error] of [
    ["close", closedError("the peer")],
    ["failure", new Error("gone")],
  ] as const) {
    it(`T-buffer waiters woken on close and on failure: leaves nobody waiting after a ${how}`, async () => {
      const { inner, service } = setup({ limit: 1, allowed: 0 });
      service.call("a", createContext()).catch(() => {});
      const waiters = [1, 2, 3].map(() => service.whenReady().catch((reason) => reason.cause));
      inner.break(error);

      assert.deepEqual(await Promise.all(waiters), [error, error, error]);
    });
  }

  it("T-buffer trace span propagates: a call that waited has what its caller attached", async () => {
    const trace = createContextKey<string>("trace");
    const { inner, service } = setup({ limit: 2, allowed: 0 });
    for (const name of ["a", "b"]) {
      const context = createContext();
      context.set(trace, `trace of ${name}`);
      void service.call(name, context);
    }
    inner.allow(2);
    await settle();

    assert.deepEqual(
      inner.calls.map(({ context }) => context.get(trace)),
      ["trace of a", "trace of b"],
    );
  });

  it("does not put a caller in line that has given up", async () => {
    const { service } = setup({ limit: 1, allowed: 0 });
    const caller = createContext();
    caller.abort(new Error("never mind"));

    await assert.rejects(service.call("a", caller), /never mind/);
    assert.equal(service.ready, true);
  });

  it("T-buffer permits not leaked: loses no call and leaks no place, whoever comes, goes and is let in", async () => {
    const step = fc.oneof(
      fc.constant({ kind: "call" as const }),
      fc.record({ kind: fc.constant("abort" as const), which: fc.nat(20) }),
      fc.record({ kind: fc.constant("allow" as const), count: fc.nat(3) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const { inner, service } = setup({ limit: 5, allowed: 0 });
        const callers: { context: CallControl; end?: string }[] = [];
        for (const each of steps) {
          if (each.kind === "allow") inner.allow(each.count);
          else if (each.kind === "abort") callers[each.which]?.context.abort("gone");
          else {
            const caller: (typeof callers)[number] = { context: createContext() };
            callers.push(caller);
            service.call(String(callers.length - 1), caller.context).then(
              () => (caller.end = "answered"),
              (error) => (caller.end = isMillraceError(error) ? error.code : String(error)),
            );
          }
          await settle();
        }
        inner.allow(Infinity);
        await settle();
        const started = inner.calls.map(({ request }) => Number(request));
        assert.deepEqual(
          started,
          started.toSorted((a, b) => a - b),
        );
        for (const call of inner.calls) call.respond("done");
        await settle();
        assert.ok(callers.every(({ end }) => end !== undefined));
        assert.equal(service.ready, true);
      }),
      { numRuns: 50 },
    );
  });

  it("rejects a limit that is not a whole number from 1", () => {
    for (const limit of [0, 1.5, Number.NaN]) {
      assert.throws(() => buffer({ limit }), /buffer\.limit: expected a whole number of at least 1/);
    }
  });
});

function requests(inner: MockService<string, string>): string[] {
  return inner.calls.map(({ request }) => request);
}

function setup({ limit, allowed = Infinity }: { limit: number; allowed?: number }) {
  const inner = new MockService<string, string>({ allowed });
  return { inner, service: buffer<string, string>({ limit })(inner) };
}
