import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { seededRandom } from "../base/random.js";
import { createContext } from "../service/context.js";
import { MockMembers } from "../testing/mock-members.js";
import type { MockService } from "../testing/mock-service.js";
import { settle, VirtualClock } from "../testing/virtual-clock.js";
import { balance } from "./balance.js";
import { createMemberSet } from "./member-set.js";
import type { BalanceOptions } from "./options.js";
import { powerOfTwo } from "./pickers/power-of-two.js";

describe("balance", () => {
  it("T-balance single endpoint: sends every call to the only member", async () => {
    const { service, members } = setup("a");
    const response = service.call("ping", createContext());
    members.of("a").last.respond("pong");

    assert.equal(await response, "pong");
  });

  it("T-balance two endpoints with equal load share: shares calls between members that are alike", () => {
    const { service, members } = setup("ab");
    for (let count = 0; count < 10; count += 1) void service.call("ping", createContext());

    assert.deepEqual([members.of("a").calls.length, members.of("b").calls.length], [5, 5]);
  });

  it("hands the request and the caller's own context on", () => {
    const { service, members } = setup("a");
    const context = createContext();
    void service.call("ping", context);

    assert.equal(members.of("a").last.request, "ping");
    assert.equal(members.of("a").last.context, context);
  });

  it("lets a failure through untouched", async () => {
    const { service, members } = setup("a");
    const response = service.call("ping", createContext());
    const failure = new Error("broken");
    members.of("a").last.fail(failure);

    await assert.rejects(response, (error) => error === failure);
  });

  it("calls nobody for a caller that has given up", async () => {
    const { service, members } = setup("a");
    const context = createContext();
    context.abort(new Error("never mind"));

    await assert.rejects(service.call("ping", context), /never mind/);
    assert.equal(members.of("a").calls.length, 0);
  });

  describe("membership", () => {
    it("follows the set from one call to the next", () => {
      const { set, service, members } = setup("a");
      void service.call("1", createContext());
      members.add("b");
      set.remove("a");
      void service.call("2", createContext());

      assert.deepEqual([requests(members.of("a")), requests(members.of("b"))], [["1"], ["2"]]);
    });

    it("lets the calls of a member that leaves go on", async () => {
      const { set, service, members } = setup("a");
      const response = service.call("ping", createContext());
      set.remove("a");
      members.of("a").last.respond("pong");

      assert.equal(await response, "pong");
    });

    it("gives no new calls to a draining or an unhealthy member", () => {
      const { set, service, members } = setup("abc", { panicRatio: 0 });
      set.update("a", { draining: true });
      set.update("b", { health: "unhealthy" });
      for (let count = 0; count < 5; count += 1) void service.call("ping", createContext());

      assert.deepEqual(
        [members.of("a"), members.of("b"), members.of("c")].map((member) => member.calls.length),
        [0, 0, 5],
      );
    });

    it("gives a member of more weight more calls", () => {
      const { set, service, members } = setup("ab");
      set.update("a", { weight: 4 });
      for (let count = 0; count < 50; count += 1) void service.call("ping", createContext());

      assert.equal(members.of("a").calls.length, 40);
    });
  });

  describe("without a member to go to", () => {
    it("fails at once, with nothing sent", async () => {
      const { set, service } = setup("a", { panicRatio: 0 });
      set.update("a", { health: "unhealthy" });
      await assert.rejects(service.call("ping", createContext()), {
        message: "none of 1 members may be called",
      });
      set.remove("a");

      await assert.rejects(service.call("ping", createContext()), {
        code: "unavailable",
        unsent: true,
        message: "there is no member",
      });
    });

    it("T-balance empty is pending: waits for one to come, in line, when told to", async () => {
      const { service, members } = setup("", { whenEmpty: "wait" });
      for (const name of ["1", "2", "3"]) void service.call(name, createContext());
      assert.equal(service.snapshot().waiting, 3);
      members.add("a");
      await settle();

      assert.deepEqual(requests(members.of("a")), ["1", "2", "3"]);
    });

    it("goes on waiting while those who come cannot be used", async () => {
      const { set, service, members } = setup("", { whenEmpty: "wait", panicRatio: 0 });
      void service.call("ping", createContext());
      members.add("a", { health: "unhealthy" });
      await settle();
      assert.equal(service.snapshot().waiting, 1);
      set.update("a", { health: "healthy" });
      await settle();

      assert.deepEqual(requests(members.of("a")), ["ping"]);
    });

    it("lets a caller that gives up stop waiting", async () => {
      const { service } = setup("", { whenEmpty: "wait" });
      const caller = createContext();
      const waiting = service.call("ping", caller);
      caller.abort(new Error("enough"));

      await assert.rejects(waiting, /enough/);
      assert.equal(service.snapshot().waiting, 0);
    });
  });

  describe("readiness", () => {
    it("is that of any usable member", () => {
      const { set, service, members } = setup("ab");
      members.of("a").allow(0);
      assert.equal(service.ready, true);
      members.of("b").allow(0);
      assert.equal(service.ready, false);
      members.of("a").allow(1);
      set.update("a", { draining: true });

      assert.equal(service.ready, false);
    });

    it("can be waited for: for a member to become ready, or one to come", async () => {
      const { service, members } = setup("a");
      members.of("a").allow(0);
      const ready = service.whenReady();
      members.of("a").allow(1);
      await ready;
      members.of("a").allow(0);
      const changed = service.whenReady();
      members.add("b");
      await changed;

      assert.equal(service.ready, true);
    });

    it("decides before load: a call goes to the ready member", () => {
      const { service, members } = setup("ab");
      members.of("a").allow(0);
      for (let count = 0; count < 5; count += 1) void service.call("ping", createContext());

      assert.equal(members.of("b").calls.length, 5);
    });
  });

  describe("disposal", () => {
    it("fails new and waiting calls, and lets those in flight go on", async () => {
      const { service, members } = setup("a", { whenEmpty: "wait" });
      const running = service.call("ping", createContext());
      const waiting = setup("", { whenEmpty: "wait" });
      const inLine = waiting.service.call("ping", createContext());
      const ready = waiting.service.whenReady();
      service[Symbol.dispose]();
      waiting.service[Symbol.dispose]();
      members.of("a").last.respond("pong");

      assert.equal(await running, "pong");
      for (const failed of [inLine, ready, service.call("ping", createContext()), service.whenReady()]) {
        await assert.rejects(failed, { code: "closed" });
      }
    });

    it("stops following the members", () => {
      const { service, members } = setup("a");
      service[Symbol.dispose]();
      members.add("b");

      assert.deepEqual(service.snapshot().members, []);
    });
  });

  it("rejects options out of their range at once", () => {
    for (const options of [
      { panicRatio: 2 },
      { latency: { decayMs: 0 } },
      { outlier: { maxEjectedRatio: -1 } },
      { whenEmpty: "wonder" as "wait" },
    ]) {
      assert.throws(() => balance(createMemberSet<string, MockService<string, string>>(), options), {
        code: "invalid-options",
      });
    }
  });

  it("T-balance stress: keeps its accounts whatever comes, goes and fails", async () => {
    const kinds = [
      "insert",
      "remove",
      "drain",
      "sicken",
      "call",
      "respond",
      "fail",
      "abort",
      "pause",
    ] as const;
    const step = fc.tuple(fc.constantFrom(...kinds), fc.constantFrom(..."abcd"));
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 100 }), async (steps) => {
        const { clock, set, service, members } = setup("");
        const callers = [createContext()];
        for (const [kind, key] of steps) {
          const open = members.all().flatMap((member) => member.calls.filter(({ settled }) => !settled));
          if (kind === "insert") members.add(key);
          else if (kind === "remove") set.remove(key);
          else if (kind === "drain") set.update(key, { draining: true });
          else if (kind === "sicken") set.update(key, { health: "unhealthy" });
          else if (kind === "call") {
            callers.push(createContext());
            service.call("x", callers.at(-1)!).catch(() => {});
          } else if (kind === "abort") callers.at(-1)!.abort();
          else if (kind === "pause") await clock.advance(1000);
          else open[0]?.[kind]("done");
          await settle();

          for (const { key, inFlight, oldestMs } of service.snapshot().members) {
            const running = members.of(key).calls.filter(({ settled }) => !settled);
            assert.equal(inFlight, running.length);
            assert.ok(running.length > 0 || oldestMs === 0);
          }
          assert.equal(
            service.ready,
            service.snapshot().members.some(({ draining, health }) => !draining && health === "healthy"),
          );
        }
      }),
      { numRuns: 50 },
    );
  });
});

function setup(keys: string, options: BalanceOptions<string, string> = {}) {
  const clock = new VirtualClock();
  const members = new MockMembers<string, string>(keys);
  const { set } = members;
  const service = balance(set, { clock, picker: powerOfTwo({ random: seededRandom(1) }), ...options });
  return { clock, set, members, service };
}

function requests({ calls }: MockService<string, string>): readonly string[] {
  return calls.map(({ request }) => request);
}
