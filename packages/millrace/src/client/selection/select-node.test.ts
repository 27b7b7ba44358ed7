import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { abortedError, isMillraceError, MillraceError } from "../../base/errors.js";
import { createContext, deriveContext } from "../../service/context.js";
import { MockService } from "../../testing/mock-service.js";
import { settle } from "../../testing/virtual-clock.js";
import { type Answer, ok, selectionOf } from "./selection.test.fixture.js";

describe("selectNode", () => {
  it("fails without sending anything when there is no node", async () => {
    const { call } = selectionOf([]);

    await assert.rejects(call(), (error) => isMillraceError(error, "unavailable") && error.unsent);
  });

  it("gives the answer of a node back", async () => {
    const { members, call } = selectionOf(["a"]);
    const answer = call();
    members.of("a").last.respond(ok);

    assert.equal(await answer, ok);
  });

  it("C18: lets twenty calls of an endpoint run, and the next one as soon as one has its head", async () => {
    const { members, call } = selectionOf(["a"]);
    for (let count = 0; count < 21; count += 1) void call("/e");
    const { calls } = members.of("a");
    assert.equal(calls.length, 20);
    calls[7]!.respond(ok);
    await settle();

    assert.equal(calls.length, 21);
  });

  it("C18: takes a permit of the endpoint before one of the node, which others then can have", async () => {
    const { members, call, selection } = selectionOf(["a"]);
    for (let count = 0; count < 3; count += 1) {
      void call("/throttled");
      members.of("a").last.respond({ status: 429 });
      await settle();
    }
    for (let count = 0; count < 30; count += 1) void call("/throttled");
    const limit = limitOf(selection.snapshot(), "/throttled");
    assert.equal(members.of("a").calls.length, 3 + limit);
    void call("/other");

    assert.equal(members.of("a").last.request, "/other");
  });

  it("C18: has no limits where they are turned off", () => {
    const { members, call } = selectionOf(["a"], { limits: false });
    for (let count = 0; count < 100; count += 1) void call("/e");

    assert.equal(members.of("a").calls.length, 100);
  });

  it("C18: learns nothing from a call that its caller gave up, and gives its permits back", async () => {
    const { members, call, selection } = selectionOf(["a"], { strategy: "BALANCED" });
    const context = createContext();
    const gone = call("/e", context);
    const rejected = assert.rejects(gone);
    context.abort(abortedError());
    await rejected;
    for (let count = 0; count < 20; count += 1) void call("/e");

    assert.equal(limitOf(selection.snapshot(), "/e"), 20);
    assert.equal(members.of("a").calls.length, 21);
  });

  it("goes elsewhere with a later attempt of a call", async () => {
    const { members, call } = selectionOf(["a", "b"]);
    for (let count = 0; count < 20; count += 1) {
      const context = createContext();
      const first = call("/e", context);
      const keys = ["a", "b"].filter((key) => members.of(key).calls.some(({ settled }) => !settled));
      members.of(keys[0]!).last.respond({ status: 429 });
      await first;
      await settle();
      const again = call("/e", deriveContext(context, { attempt: 2 }));
      const other = members.of(keys[0] === "a" ? "b" : "a");
      assert.equal(other.last.settled, false);
      other.last.respond(ok);
      await again;
    }
  });

  it("turns those who wait away when it is closed, and lets calls in flight go on", async () => {
    const { clock, members, call, selection } = selectionOf(["a"]);
    const running = call("/e");
    for (let count = 0; count < 19; count += 1) void call("/e");
    const waiting = assert.rejects(call("/e"), (error) => isMillraceError(error, "closed"));
    selection[Symbol.dispose]();
    await waiting;
    members.of("a").calls[0]!.respond(ok);

    assert.equal(await running, ok);
    await assert.rejects(call(), (error) => isMillraceError(error, "closed"));
    await assert.rejects(selection.whenReady(), (error) => isMillraceError(error, "closed"));
    assert.equal(clock.pending, 0);
  });

  it("is ready while a node has room, and says when that is so again", async () => {
    const { members, call, selection } = selectionOf(["a"]);
    for (const endpoint of ["/e", "/f"]) for (let count = 0; count < 10; count += 1) void call(endpoint);
    assert.equal(selection.ready, false);
    const ready = selection.whenReady();
    members.of("a").calls[0]!.respond(ok);
    await ready;

    assert.equal(selection.ready, true);
  });

  it("keeps what it knows of a node whose service is replaced", async () => {
    const { members, call, selection } = selectionOf(["a", "b"], { strategy: "BALANCED" });
    void call("/e");
    const busy = members.of("a").calls.length > 0 ? "a" : "b";
    members.of(busy).last.respond({ status: 500 });
    await settle();
    const before = selection.snapshot();
    members.set.insert(busy, new MockService<string, Answer>());

    assert.deepEqual(selection.snapshot(), before);
    assert.equal(limitOf(before, "/e"), 18);
  });

  it("leaves draining and unhealthy nodes out while there are others", () => {
    const { members, call } = selectionOf(["a", "b"]);
    members.set.update("a", { draining: true });
    for (let count = 0; count < 4; count += 1) void call();
    assert.equal(members.of("a").calls.length, 0);
    members.set.update("b", { draining: true });
    for (let count = 0; count < 4; count += 1) void call();

    assert.ok(members.of("a").calls.length > 0);
  });

  for (const strategy of ["ADAPTIVE", "BALANCED", "PIN_UNTIL_ERROR"] as const) {
    it(`leaves a failed node alone for its cooldown, with ${strategy}`, async () => {
      const { clock, members, call } = selectionOf(["a", "b"], { strategy, cooldownMs: 250, limits: false });
      void call();
      const failed = members.of("a").calls.length > 0 ? "a" : "b";
      members.of(failed).last.respond({ status: 503 });
      await clock.advance(249);
      for (let count = 0; count < 60; count += 1) void call();

      assert.equal(members.of(failed).calls.length, 1);
    });
  }

  it("C7: sends to a single node though it cools down, and to all when all do", async () => {
    const single = selectionOf(["a"], { cooldownMs: 250 });
    void single.call();
    single.members.of("a").last.respond({ status: 503 });
    await settle();
    void single.call();
    assert.equal(single.members.of("a").calls.length, 2);

    const { members, call } = selectionOf(["a", "b"], { cooldownMs: 250, strategy: "BALANCED" });
    for (let count = 0; count < 4; count += 1) {
      void call();
      const open = members.all().flatMap(({ calls }) => calls.filter(({ settled }) => !settled));
      assert.equal(open.length, 1);
      open[0]!.respond({ status: 503 });
      await settle();
    }
  });

  it("goes over to the first strategy that a server names and that it knows", async () => {
    const { members, call, selection } = selectionOf(["a", "b"], {
      strategyNamedBy: ({ strategy }) => strategy,
    });
    const answered = async (strategy: string | undefined) => {
      const answer = call();
      const open = members.all().flatMap(({ calls }) => calls.filter(({ settled }) => !settled));
      open[0]!.respond(strategy === undefined ? ok : { status: 200, strategy });
      await answer;
      await settle();
      return selection.snapshot().strategy;
    };

    assert.equal(await answered("ROUND_TRIP"), "ADAPTIVE");
    assert.equal(await answered("ROUND_TRIP, pin_until_error ,BALANCED"), "PIN_UNTIL_ERROR");
    assert.equal(await answered(undefined), "PIN_UNTIL_ERROR");
    assert.equal(await answered("BALANCED"), "BALANCED");
  });

  it("tells of each call that was let in, and how long it waited", async () => {
    const waits: (readonly [string, number])[] = [];
    const { clock, members, call } = selectionOf(["a"], {
      onAdmit: ({ key, waitedMs }) => waits.push([key, waitedMs]),
    });
    for (let count = 0; count < 21; count += 1) void call("/e");
    await clock.advance(70);
    members.of("a").calls[0]!.respond(ok);
    await settle();

    assert.deepEqual(waits.slice(19), [
      ["a", 0],
      ["a", 70],
    ]);
  });

  for (const strategy of ["ADAPTIVE", "PIN_UNTIL_ERROR", "BALANCED"] as const) {
    it(`tells whom it stays with, with ${strategy}`, async () => {
      const { clock, members, call, selection } = selectionOf(["a", "b"], { strategy });
      assert.equal(selection.snapshot().staysWith, undefined);
      for (let count = 0; count < 30; count += 1) {
        const answered = call("/e");
        await clock.advance(10);
        for (const one of members.all().flatMap(({ calls }) => calls)) if (!one.settled) one.respond(ok);
        await answered;
      }
      const { staysWith, nodes } = selection.snapshot();
      if (strategy === "BALANCED") return assert.equal(staysWith, undefined);
      assert.ok(staysWith === "a" || staysWith === "b");
      assert.equal(nodes.find(({ key }) => key === staysWith)?.endpoints[0]?.steady, true);
      members.set.remove(staysWith);

      assert.notEqual(selection.snapshot().staysWith, staysWith);
    });
  }

  it("rejects options out of their range", () => {
    assert.throws(() => selectionOf(["a"], { cooldownMs: -1 }), /selectNode\.cooldownMs/);
    assert.throws(
      () => selectionOf(["a"], { strategy: "ROUND_ROBIN" as "BALANCED" }),
      /selectNode\.strategy/,
    );
  });

  for (const strategy of ["ADAPTIVE", "BALANCED", "PIN_UNTIL_ERROR"] as const) {
    it(`C18: under any traffic loses no call, exceeds no limit and ends idle, with ${strategy}`, async () => {
      const step = fc.oneof(
        { weight: 4, arbitrary: fc.constantFrom("/e", "/f").map((endpoint) => ({ endpoint })) },
        {
          weight: 3,
          arbitrary: fc.record({ end: fc.nat(), status: fc.constantFrom(200, 200, 404, 429, 500, 503, 0) }),
        },
        { weight: 1, arbitrary: fc.record({ abort: fc.nat() }) },
        { weight: 1, arbitrary: fc.record({ passMs: fc.nat(20_000) }) },
        {
          weight: 1,
          arbitrary: fc.record({
            changes: fc.constantFrom("b", "c"),
            to: fc.constantFrom("gone", "draining"),
          }),
        },
      );
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 40, maxLength: 250 }), async (steps) => {
          const { clock, members, call, selection } = selectionOf(["a", "b", "c"], { strategy });
          const open = () => members.all().flatMap(({ calls }) => calls.filter(({ settled }) => !settled));
          const contexts: ReturnType<typeof createContext>[] = [];
          let sent = 0;
          let ended = 0;
          for (const next of steps) {
            if ("endpoint" in next) {
              const context = createContext();
              contexts.push(context);
              sent += 1;
              const count = () => (ended += 1);
              call(next.endpoint, context).then(count, count);
            } else if ("passMs" in next) await clock.advance(next.passMs);
            else if ("changes" in next) {
              const present = selection.snapshot().nodes.some(({ key }) => key === next.changes);
              if (!present) members.set.insert(next.changes, members.of(next.changes));
              else if (next.to === "gone") members.set.remove(next.changes);
              else members.set.update(next.changes, { draining: true });
            } else if ("abort" in next) contexts[next.abort % contexts.length]?.abort(abortedError());
            else {
              const one = open()[next.end % Math.max(1, open().length)];
              if (next.status > 0) one?.respond({ status: next.status });
              else one?.fail(new MillraceError("it broke", { code: "connection-lost", unsent: false }));
            }
            await settle();
            assert.equal(ended + open().length + selection.snapshot().waiting, sent);
          }
          for (let left = open(); left.length > 0; left = open()) {
            for (const one of left) one.respond(ok);
            await settle();
          }
          assert.equal(ended, sent);
          for (const node of selection.snapshot().nodes) assert.equal(node.inFlight, 0);
        }),
        { numRuns: 25 },
      );
    });
  }
});

function limitOf(
  snapshot: ReturnType<ReturnType<typeof selectionOf>["selection"]["snapshot"]>,
  endpoint: string,
) {
  const tracks = snapshot.nodes.flatMap(({ endpoints }) =>
    endpoints.filter((each) => each.endpoint === endpoint),
  );
  return Math.min(...tracks.map(({ limit }) => limit));
}
