import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { createDeferred } from "../base/deferred.js";
import { MockService } from "../testing/mock-service.js";
import { settle } from "../testing/virtual-clock.js";
import { callAll, callAllUnordered } from "./call-all.js";
import { createContext } from "./context.js";
import { faults } from "./fault.js";
import { fromFunction } from "./from-function.js";

describe("callAll", () => {
  it("T-util call_all ordered: gives responses in the order of the requests, whichever came first", async () => {
    const { inner, collected } = setup(callAll, ["a", "b", "c"]);
    await settle();
    for (const call of inner.calls.toReversed()) call.respond(`${call.request}!`);

    assert.deepEqual(await collected, ["a!", "b!", "c!"]);
  });

  it("takes no more requests than there is room for", async () => {
    const inner = new MockService<string, string>();
    const taken: string[] = [];
    const source = function* () {
      for (const name of ["a", "b", "c"]) {
        taken.push(name);
        yield name;
      }
    };
    const responses = callAll(inner, source(), { concurrency: 2 });
    const first = responses.next();
    await settle();
    assert.deepEqual(taken, ["a", "b"]);
    inner.calls[0]!.respond("pong");
    await first;
    await settle();

    assert.deepEqual(taken, ["a", "b", "c"]);
  });

  it("T-util call_all pending: makes each call only when the service is ready, and ends though it is not", async () => {
    const { inner, collected } = setup(callAll, ["a", "b"], new MockService({ allowed: 0 }));
    await settle();
    assert.equal(inner.calls.length, 0);
    inner.allow(1);
    await settle();
    assert.equal(inner.calls.length, 1);
    inner.allow(1);
    await settle();
    for (const call of inner.calls) call.respond("pong");

    assert.deepEqual(await collected, ["pong", "pong"]);
  });

  it("T-util call_all stream does not block: holds no answer back for a source that is slow", async () => {
    const slow = createDeferred<string>();
    const source = async function* () {
      yield "a";
      yield await slow.promise;
    };
    const service = fromFunction((request: string) => `${request}!`);
    const responses = callAll(service, source());

    assert.equal((await responses.next()).value, "a!");
    slow.resolve("b");
    assert.equal((await responses.next()).value, "b!");
    assert.equal((await responses.next()).done, true);
  });

  it("throws the first failure in order, and ends the rest", async () => {
    const { inner, collected } = setup(callAll, ["a", "b", "c"]);
    await settle();
    inner.calls[1]!.fail(new Error("broken"));
    inner.calls[0]!.respond("pong");

    await assert.rejects(collected, /broken/);
    assert.equal(inner.calls[2]!.context.aborted, true);
  });

  it("T-util call_all ready error: throws when the service can never be ready again, after what was answered", async () => {
    const inner = new MockService<string, string>({ allowed: 1 });
    const responses = callAll(inner, ["a", "b"]);
    const first = responses.next();
    await settle();
    inner.last.respond("pong");
    assert.equal((await first).value, "pong");
    const second = responses.next();
    inner.break(new Error("gone"));

    await assert.rejects(second, /gone/);
  });

  it("throws what the source throws, after what was answered", async () => {
    const source = function* () {
      yield "a";
      throw new Error("no more");
    };
    const responses = callAll(
      fromFunction((request: string) => request),
      source(),
    );

    assert.equal((await responses.next()).value, "a");
    await assert.rejects(responses.next(), /no more/);
  });

  it("ends calls and source when the loop is left", async () => {
    const inner = new MockService<string, string>();
    let ended = false;
    const source = async function* () {
      try {
        for (;;) yield "x";
      } finally {
        ended = true;
      }
    };
    const responses = callAll(inner, source(), { concurrency: 3 });
    const first = responses.next();
    await settle();
    inner.calls[0]!.respond("pong");
    await first;
    await responses.return();
    await settle();

    assert.equal(ended, true);
    assert.ok(inner.calls.slice(1).every(({ context }) => context.aborted));
  });

  it("ends when its context is aborted, be the source ever so slow", async () => {
    const context = createContext();
    const source = async function* () {
      yield await new Promise<string>(() => {});
    };
    const next = callAll(new MockService<string, string>(), source(), { context }).next();
    await settle();
    context.abort(new Error("tired"));

    await assert.rejects(next, /tired/);
  });

  it("ends a source that has not given its next request", async () => {
    let ended = false;
    const source = {
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise<IteratorResult<string>>(() => {}),
        return: async () => {
          ended = true;
          return { done: true as const, value: undefined };
        },
      }),
    };
    const context = createContext();
    const next = callAll(new MockService<string, string>(), source, { context }).next();
    context.abort(new Error("tired"));

    await assert.rejects(next, /tired/);
    assert.equal(ended, true);
  });

  it("tells the fault of a source that cannot be ended", async () => {
    const heard: string[] = [];
    using _listener = faults.subscribe(({ where }) => heard.push(where));
    const source = {
      [Symbol.iterator]: () => ({
        next: () => ({ done: false as const, value: "x" }),
        return: () => {
          throw new Error("clumsy");
        },
      }),
    };
    const responses = callAll(
      fromFunction((request: string) => request),
      source,
    );
    await responses.next();
    await responses.return();

    assert.deepEqual(heard, ["callAll.requests"]);
  });

  it("gives every response once, whatever the order of answers", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(100), { maxLength: 30 }),
        fc.integer({ min: 1, max: 5 }),
        async (picks, concurrency) => {
          for (const call of [callAll, callAllUnordered]) {
            const inner = new MockService<number, number>();
            const requests = picks.map((_pick, index) => index);
            const collected = collect(call(inner, requests, { concurrency }));
            for (const pick of picks) {
              await settle();
              const open = inner.calls.filter(({ settled }) => !settled);
              assert.ok(open.length <= concurrency);
              const next = open[pick % open.length]!;
              next.respond(next.request);
            }
            const responses = await collected;
            assert.deepEqual(call === callAll ? responses : responses.toSorted((a, b) => a - b), requests);
          }
        },
      ),
      { numRuns: 30 },
    );
  });

  it("rejects a concurrency out of its range, at once", () => {
    const service = fromFunction((request: string) => request);

    assert.throws(() => callAll(service, [], { concurrency: 0 }), /callAll\.concurrency: .* found 0/);
  });
});

describe("callAllUnordered", () => {
  it("T-util call_all unordered: gives responses as they come", async () => {
    const { inner, collected } = setup(callAllUnordered, ["a", "b", "c"]);
    await settle();
    for (const index of [2, 0, 1]) inner.calls[index]!.respond(`${inner.calls[index]!.request}!`);

    assert.deepEqual(await collected, ["c!", "a!", "b!"]);
  });

  it("throws the failure that comes first", async () => {
    const { inner, collected } = setup(callAllUnordered, ["a", "b"]);
    await settle();
    inner.calls[1]!.fail(new Error("broken"));

    await assert.rejects(collected, /broken/);
    assert.equal(inner.calls[0]!.context.aborted, true);
  });
});

async function collect<T>(values: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const value of values) all.push(value);
  return all;
}

function setup(call: typeof callAll, requests: string[], inner = new MockService<string, string>()) {
  return { inner, collected: collect(call(inner, requests)) };
}
