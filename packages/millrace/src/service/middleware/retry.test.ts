import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isMillraceError } from "../../base/errors.js";
import { MockBodies } from "../../testing/mock-bodies.js";
import { MockService } from "../../testing/mock-service.js";
import { settle, VirtualClock } from "../../testing/virtual-clock.js";
import { createContext } from "../context.js";
import { faults } from "../fault.js";
import type { RetryEvent, RetryPolicy } from "../retry/policy.js";
import { isAsReadyAsInside } from "./readiness.test.fixture.js";
import { type RetryOptions, retry } from "./retry.js";

describe("retry", () => {
  it("gives a good response back as it is, from the caller's own context", async () => {
    const { inner, service } = setup();
    const context = createContext();
    const response = service.call("ping", context);
    inner.last.respond("pong");

    assert.equal(await response, "pong");
    assert.equal(inner.calls.length, 1);
    assert.equal(inner.last.context, context);
  });

  it("T-retry retries errors: tries again after an error the policy does not accept", async () => {
    const { inner, service } = setup();
    const response = service.call("ping", createContext());
    inner.last.fail(new Error("broken"));
    await settle();
    inner.last.respond("pong");

    assert.equal(await response, "pong");
    assert.deepEqual(
      inner.calls.map(({ context }) => context.attempt),
      [1, 2],
    );
  });

  it("tries again after a response the policy does not accept, and lets go of it", async () => {
    const { inner, service, discarded } = setup();
    const response = service.call("ping", createContext());
    inner.last.respond("bad 1");
    await settle();
    inner.last.respond("good");

    assert.equal(await response, "good");
    assert.deepEqual(discarded, ["bad 1"]);
  });

  it("lets the last response stand when no attempt is left", async () => {
    const { inner, service, discarded } = setup({ attempts: 3 });
    const response = service.call("ping", createContext());
    for (const answer of ["bad 1", "bad 2", "bad 3"]) {
      inner.last.respond(answer);
      await settle();
    }

    assert.equal(await response, "bad 3");
    assert.deepEqual(discarded, ["bad 1", "bad 2"]);
  });

  it("T-retry limit: lets the last error stand when no attempt is left", async () => {
    const { inner, service } = setup({ attempts: 2 });
    const response = service.call("ping", createContext());
    const last = new Error("second");
    inner.last.fail(new Error("first"));
    await settle();
    inner.last.fail(last);

    await assert.rejects(response, (error) => error === last);
  });

  it("does not ask the policy about the only attempt there may be", async () => {
    const shouldRetry = () => assert.fail("it was asked");
    const { inner, service } = setup({ attempts: 1, policy: { shouldRetry } });
    const response = service.call("ping", createContext());
    inner.last.respond("bad");

    assert.equal(await response, "bad");
  });

  it("T-retry error inspection: shows the policy what was asked, how it ended, and in which attempt", async () => {
    const seen: unknown[] = [];
    const policy: RetryPolicy<string, string> = {
      shouldRetry(request, outcome, context) {
        seen.push([request, outcome, context.attempt]);
        return "error" in outcome;
      },
    };
    const { inner, service } = setup({ attempts: 3, policy });
    const response = service.call("ping", createContext());
    const error = new Error("broken");
    inner.last.fail(error);
    await settle();
    inner.last.respond("pong");
    await response;

    assert.deepEqual(seen, [
      ["ping", { error }, 1],
      ["ping", { response: "pong" }, 2],
    ]);
  });

  describe("requests", () => {
    it("T-retry mutating policy: are sent again as the policy makes them", async () => {
      const { inner, service } = setup({ attempts: 3, again: (request) => `${request}'` });
      const response = service.call("ping", createContext());
      inner.last.respond("bad");
      await settle();
      inner.last.respond("bad");
      await settle();
      inner.last.respond("pong");
      await response;

      assert.deepEqual(
        inner.calls.map(({ request }) => request),
        ["ping", "ping'", "ping''"],
      );
    });

    it("T-retry uncloneable: that cannot be sent again leave the outcome as it is, and cost nothing", async () => {
      const { inner, service, spent, discarded, events } = setup({ again: () => undefined });
      const response = service.call("ping", createContext());
      inner.last.respond("bad");

      assert.equal(await response, "bad");
      assert.deepEqual([spent(), discarded, events.map(({ kind }) => kind)], [0, [], ["not-repeatable"]]);
    });
  });

  it("T-retry success with uncloneable: does not try to repeat a request that was answered well", async () => {
    const again = () => assert.fail("it was asked for");
    const { inner, service } = setup({ again });
    const response = service.call("ping", createContext());
    inner.last.respond("pong");

    assert.equal(await response, "pong");
  });

  describe("the budget", () => {
    it("gets one deposit a call, however many attempts that takes", async () => {
      let deposits = 0;
      const budget = { deposit: () => void (deposits += 1), withdraw: () => true };
      const { inner, service } = setup({ budget, attempts: 3 });
      const response = service.call("ping", createContext());
      inner.last.respond("bad");
      await settle();
      inner.last.respond("good");
      await response;

      assert.equal(deposits, 1);
    });

    it("that is exhausted lets the outcome stand", async () => {
      const { inner, service, discarded, events } = setup({
        budget: { deposit() {}, withdraw: () => false },
      });
      const [response, failure] = [service.call("a", createContext()), service.call("b", createContext())];
      inner.calls[0]!.respond("bad");
      inner.calls[1]!.fail(new Error("broken"));

      assert.equal(await response, "bad");
      await assert.rejects(failure, /broken/);
      assert.deepEqual(discarded, []);
      assert.deepEqual(
        events.map(({ kind }) => kind),
        ["budget-exhausted", "budget-exhausted"],
      );
    });

    it("is not asked for attempts that the policy says are free", async () => {
      const policy = { shouldRetry: () => ({ delayMs: 0, free: true }) };
      const budget = { deposit() {}, withdraw: () => assert.fail("it was asked") };
      const { inner, service, events } = setup({ policy, budget });
      const response = service.call("ping", createContext());
      inner.last.respond("bad");
      await settle();
      inner.last.respond("pong");

      assert.equal(await response, "pong");
      assert.deepEqual(
        events.map(({ kind }) => kind),
        ["retry"],
      );
    });

    it("is by default a hundred retries of reserve and a fifth of the traffic", async () => {
      const { inner, service } = setup({ budget: undefined });
      let count = 0;
      for (let call = 0; call < 200; call += 1) {
        const response = service.call("ping", createContext());
        inner.last.respond("bad");
        await settle();
        if (!inner.last.settled) count += 1;
        inner.last.respond("bad");
        await response;
      }

      assert.equal(count, 140);
    });
  });

  describe("waits", () => {
    it("are as long as the policy says", async () => {
      const { clock, inner, service } = setup({ policy: { shouldRetry: () => ({ delayMs: 250 }) } });
      void service.call("ping", createContext());
      inner.last.respond("bad");
      await clock.advance(249);
      assert.equal(inner.calls.length, 1);

      await clock.advance(1);
      assert.equal(inner.calls.length, 2);
    });

    it("grow with the back-off, unless the policy asks for more", async () => {
      const waits = [true, true, { delayMs: 1000 }];
      const policy = { shouldRetry: () => waits.shift() ?? false };
      const { clock, inner, service, events } = setup({
        attempts: 4,
        policy,
        backoff: { initialMs: 100, jitter: 0 },
      });
      void service.call("ping", createContext());
      for (let attempt = 1; attempt < 4; attempt += 1) {
        inner.last.respond("bad");
        await clock.advance(1000);
      }

      assert.deepEqual(
        events.map(({ delayMs }) => delayMs),
        [100, 200, 1000],
      );
    });

    it("end when the caller gives up, with the caller's reason", async () => {
      const { clock, inner, service, discarded } = setup({
        policy: { shouldRetry: () => ({ delayMs: 250 }) },
      });
      const caller = createContext();
      const response = service.call("ping", caller);
      inner.last.respond("bad");
      await settle();
      caller.abort(new Error("enough"));

      await assert.rejects(response, /enough/);
      assert.deepEqual([inner.calls.length, clock.pending, discarded.length], [1, 0, 0]);
    });

    it("that would outlast the deadline are not begun", async () => {
      const { inner, service, events } = setup({ policy: { shouldRetry: () => ({ delayMs: 250 }) } });
      const response = service.call("ping", createContext({ deadline: 250 }));
      inner.last.respond("bad");

      assert.equal(await response, "bad");
      assert.deepEqual(
        events.map(({ kind }) => kind),
        ["past-deadline"],
      );
    });
  });

  describe("a caller that gave up", () => {
    it("is not tried for again, whatever the policy says", async () => {
      const { inner, service, events } = setup({ policy: { shouldRetry: () => true } });
      const caller = createContext();
      const response = service.call("ping", caller);
      caller.abort(new Error("enough"));

      await assert.rejects(response, /enough/);
      assert.deepEqual([inner.calls.length, events], [1, []]);
    });

    it("is heard by a later attempt, which is the last", async () => {
      const { inner, service, events } = setup({ policy: { shouldRetry: () => true }, attempts: 5 });
      const caller = createContext();
      const response = service.call("ping", caller);
      inner.last.respond("bad");
      await settle();
      caller.abort(new Error("enough"));

      await assert.rejects(response, /enough/);
      assert.deepEqual([inner.calls.length, inner.last.settled, events.length], [2, true, 1]);
    });

    it("is heard while it reads the response of a later attempt, and not after", async () => {
      const bodies = new MockBodies<string>();
      const { inner, service } = setup({ whenDone: bodies.whenDone });
      const [reader, quitter] = [createContext(), createContext()];
      const responses = [service.call("ping", reader), service.call("ping", quitter)];
      for (const call of inner.calls.slice()) call.respond("bad");
      await settle();
      inner.calls[2]!.respond("read");
      inner.calls[3]!.respond("half read");
      await Promise.all(responses);
      bodies.end("read");
      reader.abort("too late");
      quitter.abort("enough");

      assert.equal(inner.calls[2]!.context.aborted, false);
      assert.equal(inner.calls[3]!.context.reason, "enough");
    });
  });

  it("tells its observer of each attempt that is repeated", async () => {
    const { inner, service, events } = setup();
    const response = service.call("ping", createContext());
    inner.last.respond("bad");
    await settle();
    inner.last.respond("good");
    await response;

    assert.deepEqual(events, [{ kind: "retry", attempt: 1, outcome: { response: "bad" }, delayMs: 0 }]);
  });

  it("counts on from the attempt it is part of", async () => {
    const { inner, service } = setup();
    void service.call("ping", createContext({ attempt: 3 }));
    inner.last.respond("bad");
    await settle();

    assert.equal(inner.last.context.attempt, 4);
  });

  isAsReadyAsInside(setup);

  it("lets the outcome stand when the policy throws, and tells the fault", async () => {
    const heard: string[] = [];
    using _listener = faults.subscribe(({ where }) => heard.push(where));
    const clumsy = () => {
      throw new Error("clumsy");
    };
    const judge = setup({ policy: { shouldRetry: clumsy } });
    const judged = judge.service.call("ping", createContext());
    judge.inner.last.fail(new Error("broken"));
    await assert.rejects(judged, /broken/);
    const copier = setup({ again: clumsy });
    const copied = copier.service.call("ping", createContext());
    copier.inner.last.fail(new Error("broken"));
    await assert.rejects(copied, /broken/);

    assert.deepEqual(heard, ["policy.shouldRetry", "policy.again"]);
  });

  it("goes on when the observer or the disposal of a response throws", async () => {
    const heard: string[] = [];
    using _listener = faults.subscribe(({ where }) => heard.push(where));
    const clumsy = () => {
      throw new Error("clumsy");
    };
    const policy = {
      shouldRetry: (_request: string, outcome: object) => "error" in outcome || heard.length === 0,
    };
    const { inner, service } = setup({ policy: { ...policy, discard: clumsy }, onRetry: clumsy });
    const response = service.call("ping", createContext());
    inner.last.respond("bad");
    await settle();
    inner.last.respond("pong");

    assert.equal(await response, "pong");
    assert.deepEqual(heard, ["retry.onRetry", "policy.discard"]);
  });

  it("rejects options out of their range at once", () => {
    const policy = { shouldRetry: () => false };
    for (const options of [{ attempts: 0 }, { attempts: 1.5 }, { backoff: { initialMs: 0 } }]) {
      assert.throws(
        () => retry({ policy, ...options }),
        (error) => isMillraceError(error, "invalid-options"),
      );
    }
  });
});

type Options = Partial<RetryOptions<string, string>> & { again?(request: string): string | undefined };

function setup({ again, ...options }: Options = {}) {
  const clock = new VirtualClock();
  const inner = new MockService<string, string>();
  const events: RetryEvent<string>[] = [];
  const discarded: string[] = [];
  let spent = 0;
  const policy: RetryPolicy<string, string> = {
    shouldRetry: (_request, outcome) => "error" in outcome || outcome.response.startsWith("bad"),
    discard: (response) => void discarded.push(response),
    ...(again && { again }),
  };
  const budget = { deposit() {}, withdraw: () => (spent += 1) > 0 };
  const onRetry = (event: RetryEvent<string>) => void events.push(event);
  const service = retry<string, string>({ policy, budget, onRetry, clock, ...options })(inner);
  return { clock, inner, service, events, discarded, spent: () => spent };
}
