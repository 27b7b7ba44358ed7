import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { isMillraceError } from "../../base/errors.js";
import { Semaphore } from "../../base/semaphore.js";
import { MockBodies } from "../../testing/mock-bodies.js";
import { MockService } from "../../testing/mock-service.js";
import { settle } from "../../testing/virtual-clock.js";
import { createContext } from "../context.js";
import { faults } from "../fault.js";
import { type ConcurrencyLimitOptions, concurrencyLimit } from "./concurrency-limit.js";
import { isAsReadyAsInside } from "./readiness.test.fixture.js";

describe("concurrencyLimit", () => {
  it("T-concurrency without explicit ready: lets as many calls run as its limit, and the next when one is answered", async () => {
    const { inner, service } = setup({ limit: 2 });
    for (const name of ["a", "b", "c"]) void service.call(name, createContext());
    assert.equal(inner.calls.length, 2);
    inner.calls[0]!.respond("done");
    await settle();

    assert.deepEqual(
      inner.calls.map(({ request }) => request),
      ["a", "b", "c"],
    );
  });

  it("T-concurrency with explicit ready: lets those in who waited until it was ready", async () => {
    const { inner, service } = setup({ limit: 1 });
    await service.whenReady();
    void service.call("a", createContext());
    const second = service.whenReady().then(() => void service.call("b", createContext()));
    await settle();
    assert.equal(inner.calls.length, 1);
    inner.last.respond("done");
    await second;

    assert.equal(inner.calls.length, 2);
  });

  it("T-concurrency request without capacity: is not ready, and lets the call wait", async () => {
    const permits = new Semaphore(1);
    const { inner, service } = setup({ limit: permits });
    void service.call("a", createContext());
    assert.equal(service.ready, false);
    void service.call("b", createContext());
    await settle();

    assert.deepEqual([inner.calls.length, permits.waiting], [1, 1]);
  });

  it("T-concurrency reserved capacity counts without a request: starts no more than others leave of a shared limit", async () => {
    const permits = new Semaphore(1);
    const { inner, service } = setup({ limit: permits });
    await permits.acquire();
    assert.equal(service.ready, false);
    void service.call("a", createContext());
    await settle();
    assert.equal(inner.calls.length, 0);
    permits.release();
    await settle();

    assert.equal(inner.calls.length, 1);
  });

  it("T-concurrency dropping service frees capacity: being ready reserves nothing, so that a service nobody uses any more holds nothing", async () => {
    const limit = new Semaphore(1);
    const dropped = setup({ limit });
    const other = setup({ limit });
    await dropped.service.whenReady();
    void other.service.call("a", createContext());

    assert.equal(other.inner.calls.length, 1);
    assert.equal(limit.taken, 1);
  });

  it("serves those in line in the order they came", async () => {
    const { inner, service } = setup({ limit: 1 });
    for (const name of ["a", "b", "c", "d"]) void service.call(name, createContext());
    for (let index = 0; index < 3; index += 1) {
      inner.calls[index]!.respond("done");
      await settle();
    }

    assert.deepEqual(
      inner.calls.map(({ request }) => request),
      ["a", "b", "c", "d"],
    );
  });

  it("T-concurrency error releases: gives the permit of a failed call back", async () => {
    const { inner, service } = setup({ limit: 1 });
    const failed = service.call("a", createContext());
    inner.last.fail(new Error("broken"));

    await assert.rejects(failed, /broken/);
    assert.equal(service.ready, true);
  });

  it("T-concurrency dropped call releases: gives the permit of a call back whose caller gave up", async () => {
    const { service } = setup({ limit: 1 });
    const caller = createContext();
    const given = service.call("a", caller);
    caller.abort(new Error("enough"));

    await assert.rejects(given, /enough/);
    assert.equal(service.ready, true);
  });

  it("lets a caller that gives up leave the line, and serves the one behind", async () => {
    const { inner, service } = setup({ limit: 1 });
    void service.call("a", createContext());
    const impatient = createContext();
    const left = service.call("b", impatient);
    void service.call("c", createContext());
    impatient.abort(new Error("tired"));
    inner.last.respond("done");

    await assert.rejects(left, /tired/);
    assert.deepEqual(
      inner.calls.map(({ request }) => request),
      ["a", "c"],
    );
  });

  it("does not put a caller in line that has given up", async () => {
    const permits = new Semaphore(1);
    const { service } = setup({ limit: permits });
    void service.call("a", createContext());
    const caller = createContext();
    caller.abort(new Error("never mind"));

    await assert.rejects(service.call("b", caller), /never mind/);
    assert.equal(permits.waiting, 0);
  });

  it("holds the permit until the response has been read", async () => {
    const bodies = new MockBodies<string>();
    const { inner, service } = setup({ limit: 1, whenDone: bodies.whenDone });
    const response = service.call("a", createContext());
    inner.last.respond("streaming");
    await response;
    assert.equal(service.ready, false);

    bodies.end("streaming");
    assert.equal(service.ready, true);
  });

  it("takes a permit back but once, however often the end is reported", async () => {
    const permits = new Semaphore(2);
    const whenDone: ConcurrencyLimitOptions<string>["whenDone"] = (_response, listener) => {
      listener.callDone();
      listener.callDone();
    };
    const { inner, service } = setup({ limit: permits, whenDone });
    const first = service.call("a", createContext());
    void service.call("b", createContext());
    inner.calls[0]!.respond("done");
    await first;

    assert.equal(permits.taken, 1);
  });

  it("has its permit back, and tells the fault, when the report of the end throws", async () => {
    const heard: string[] = [];
    using _listener = faults.subscribe(({ where }) => heard.push(where));
    const whenDone = () => {
      throw new Error("clumsy");
    };
    const { inner, service } = setup({ limit: 1, whenDone });
    const response = service.call("a", createContext());
    inner.last.respond("done");

    assert.equal(await response, "done");
    assert.equal(service.ready, true);
    assert.deepEqual(heard, ["whenDone"]);
  });

  it("shares a semaphore with whoever else uses it", () => {
    const limit = new Semaphore(1);
    const one = setup({ limit });
    const other = setup({ limit });
    void one.service.call("a", createContext());

    assert.equal(other.service.ready, false);
  });

  it("gives each service its own limit when that is a number", () => {
    const layer = concurrencyLimit<string, string>({ limit: 1 });
    const [one, other] = [layer(new MockService()), layer(new MockService())];
    void one.call("a", createContext());

    assert.deepEqual([one.ready, other.ready], [false, true]);
  });

  isAsReadyAsInside(() => setup({ limit: 1 }));

  it("T-concurrency many waiters: tells those who wait for it when a permit is free", async () => {
    const { inner, service } = setup({ limit: 1 });
    void service.call("a", createContext());
    const waiting = Promise.all([service.whenReady(), service.whenReady()]);
    inner.last.respond("done");

    await waiting;
    assert.equal(service.ready, true);
  });

  it("stops waiting for readiness when told to", async () => {
    const permits = new Semaphore(1);
    const { service } = setup({ limit: permits });
    void service.call("a", createContext());
    const caller = new AbortController();
    const waiting = service.whenReady(caller.signal);
    caller.abort(new Error("enough"));

    await assert.rejects(waiting, /enough/);
    assert.equal(permits.waiting, 0);
  });

  for (const limit of [0, -1, 1.5]) {
    it(`rejects a limit of ${limit}`, () => {
      assert.throws(
        () => concurrencyLimit({ limit }),
        (error) => isMillraceError(error, "invalid-options"),
      );
    });
  }

  it("never exceeds its limit, and leaves nobody waiting beside a free permit", async () => {
    const steps = fc.array(fc.tuple(fc.constantFrom("call", "respond", "fail", "abort"), fc.nat()));
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 3 }), steps, async (limit, script) => {
        const permits = new Semaphore(limit);
        const { inner, service } = setup({ limit: permits });
        const callers = [createContext()];
        for (const [step, which] of script) {
          const open = inner.calls.filter(({ settled }) => !settled);
          if (step === "call") {
            callers.push(createContext());
            service.call("x", callers.at(-1)!).catch(() => {});
          } else if (step === "abort") callers[which % callers.length]!.abort();
          else if (open.length > 0) open[which % open.length]![step]("done");
          await settle();

          const running = inner.calls.filter(({ settled }) => !settled).length;
          assert.equal(permits.taken, running);
          assert.ok(running <= limit);
          assert.ok(permits.waiting === 0 || running === limit);
        }
      }),
      { numRuns: 50 },
    );
  });
});

function setup(options: ConcurrencyLimitOptions<string>) {
  const inner = new MockService<string, string>();
  return { inner, service: concurrencyLimit<string, string>(options)(inner) };
}
