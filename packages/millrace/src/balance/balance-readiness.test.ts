// What tower's ready_cache and spawn_ready do, a balancer does by asking its members: their scenarios.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { seededRandom } from "../base/random.js";
import { type CallContext, createContext, createContextKey } from "../service/context.js";
import { fromFunction } from "../service/from-function.js";
import { concurrencyLimit } from "../service/middleware/concurrency-limit.js";
import type { Service } from "../service/service.js";
import { MockMembers } from "../testing/mock-members.js";
import { MockService } from "../testing/mock-service.js";
import { settle, VirtualClock } from "../testing/virtual-clock.js";
import { balance } from "./balance.js";
import { createMemberSet } from "./member-set.js";
import { powerOfTwo } from "./pickers/power-of-two.js";

describe("the readiness of members", () => {
  it("T-ready-cache inner failure: a member that has failed for good is passed by", async () => {
    const { members, service } = setup("ab");
    members.of("a").break(new Error("gone"));
    for (let count = 0; count < 5; count += 1) void service.call("ping", createContext());
    await service.whenReady();

    assert.deepEqual([members.of("a").calls.length, members.of("b").calls.length], [0, 5]);
  });

  it("T-ready-cache not ready: with no member ready the balancer is not, and a call waits at one", async () => {
    const { members, service } = setup("ab", 0);
    let ready = false;
    void service.whenReady().then(() => (ready = true));
    void service.call("ping", createContext());
    await settle();

    assert.deepEqual([service.ready, ready], [false, false]);
    assert.equal(members.of("a").waiting + members.of("b").waiting, 1);
  });

  it("T-ready-cache promotion: a member is called as soon as it is ready", async () => {
    const { members, service } = setup("ab", 0);
    const waiting = service.whenReady();
    members.of("b").allow(3);
    await waiting;
    for (let count = 0; count < 3; count += 1) void service.call("ping", createContext());

    assert.equal(members.of("b").calls.length, 3);
  });

  it("T-ready-cache evict ready then error: a member that fails after it has left harms nobody", async () => {
    const { members, service } = setup("ab");
    const failed = startAt("a", members, service);
    members.set.remove("a");
    members.of("a").break(new Error("gone"));
    members.of("a").last.fail(new Error("broken"));
    await assert.rejects(failed, /broken/);
    for (let count = 0; count < 4; count += 1) void service.call("ping", createContext());

    assert.equal(members.of("b").calls.filter(({ request }) => request === "ping").length, 4);
    assert.equal(service.snapshot().members.length, 1);
  });

  it("T-ready-cache evict pending then error: the wait for a member that has left ends, and not in its error", async () => {
    const { members, service } = setup("ab", 0);
    const waiting = service.whenReady();
    members.set.remove("a");
    members.of("a").break(new Error("gone"));
    await waiting;
    assert.equal(service.ready, false);
    members.of("b").allow(1);
    await service.whenReady();

    assert.equal(service.ready, true);
  });

  it("T-ready-cache push after evict: a member that comes back is a new one", async () => {
    const { members, service } = setup("a");
    members.of("a").break(new Error("gone"));
    const before = members.of("a");
    members.set.remove("a");
    members.add("a");
    void service.call("ping", createContext());

    assert.deepEqual([before.calls.length, members.of("a").calls.length], [0, 1]);
  });

  it("T-ready-cache error after promote: a member that was ready and fails is passed by at the next call", async () => {
    const { members, service } = setup("ab", 0);
    const waiting = service.whenReady();
    members.of("a").allow(5);
    members.of("b").allow(5);
    await waiting;
    members.of("a").break(new Error("gone"));
    for (let count = 0; count < 3; count += 1) void service.call("ping", createContext());

    assert.deepEqual([members.of("a").calls.length, members.of("b").calls.length], [0, 3]);
  });

  it("T-ready-cache duplicate key by index: never calls one that was replaced or removed, wherever it stood", async () => {
    const change = fc.tuple(fc.constantFrom("insert", "remove"), fc.constantFrom(..."abcde"));
    await fc.assert(
      fc.asyncProperty(fc.array(change, { maxLength: 30 }), async (changes) => {
        const { members, service } = setup("");
        const left: MockService<string, string>[] = [];
        const here = new Set<string>();
        for (const [kind, key] of changes) {
          if (here.has(key)) left.push(members.of(key));
          const callsBefore = left.map(({ calls }) => calls.length);
          if (kind === "insert") members.add(key);
          else members.set.remove(key);
          if (kind === "insert") here.add(key);
          else here.delete(key);
          for (let count = 0; count < 8; count += 1) service.call("ping", createContext()).catch(() => {});
          await settle();
          assert.deepEqual(
            left.map(({ calls }) => calls.length),
            callsBefore,
          );
        }
      }),
      { numRuns: 50 },
    );
  });

  it("T-ready-cache cancellation observed: a member that leaves is waited for no longer", async () => {
    const { members, service } = setup("a", 0);
    const waits = spyOnWaits(members.of("a"));
    const waiting = service.whenReady();
    await settle();
    assert.deepEqual(
      waits.map(({ aborted }) => aborted),
      [false],
    );
    members.set.remove("a");
    await waiting;

    assert.deepEqual(
      waits.map(({ aborted }) => aborted),
      [true],
    );
  });
});

describe("readiness that moves on by itself", () => {
  it("T-spawn-ready not ready: a member becomes ready without being asked", async () => {
    const inner = new MockService<string, string>();
    const { service } = over(concurrencyLimit<string, string>({ limit: 1 })(inner));
    void service.call("a", createContext());
    assert.equal(service.ready, false);
    inner.last.respond("done");
    await settle();

    assert.equal(service.ready, true);
  });

  it("T-spawn-ready fails: a failure of the only member is told by the call", async () => {
    const { members, service } = setup("a");
    members.of("a").break(new Error("gone"));

    await assert.rejects(service.call("ping", createContext()), /gone/);
  });

  it("T-spawn-ready spans: a call that waited for a member still has what its caller attached", async () => {
    const trace = createContextKey<string>("trace");
    const seen: (string | undefined)[] = [];
    const peer = fromFunction((_request: string, context: CallContext) => {
      seen.push(context.get(trace));
      return "pong";
    });
    const { service } = over(concurrencyLimit<string, string>({ limit: 1 })(peer));
    const calls = ["first", "second"].map((value) => {
      const context = createContext();
      context.set(trace, value);
      return service.call("ping", context);
    });
    await Promise.all(calls);

    assert.deepEqual(seen, ["first", "second"]);
  });

  it("T-spawn-ready abort on drop: a balancer that is disposed waits for no member any longer", async () => {
    const { members, service } = setup("ab", 0);
    const spied = ["a", "b"].map((key) => spyOnWaits(members.of(key)));
    const waiting = assert.rejects(service.whenReady(), { code: "closed" });
    service[Symbol.dispose]();
    await waiting;

    assert.deepEqual(
      spied.map(([signal]) => signal?.aborted),
      [true, true],
    );
  });
});

/** The signals of those who wait until `service` is ready, from now on. */
function spyOnWaits(service: MockService<string, string>): AbortSignal[] {
  const signals: AbortSignal[] = [];
  const whenReady = service.whenReady.bind(service);
  service.whenReady = (signal) => {
    if (signal) signals.push(signal);
    return whenReady(signal);
  };
  return signals;
}

/** Makes calls until one is at member `key`. */
function startAt(
  key: string,
  members: MockMembers<string, string>,
  service: Service<string, string>,
): Promise<string> {
  for (let count = 0; count < 100; count += 1) {
    const answer = service.call("first", createContext());
    if (members.of(key).calls.length > 0) return answer;
  }
  throw new Error(`no call came to ${key}`);
}

function over(member: Service<string, string>) {
  const set = createMemberSet<string, Service<string, string>>();
  set.insert("a", member);
  return { service: balance(set, { clock: new VirtualClock() }) };
}

function setup(keys: string, allowed = Infinity) {
  const members = new MockMembers<string, string>(keys);
  if (allowed !== Infinity) for (const member of members.all()) member.allow(allowed);
  const picker = powerOfTwo({ random: seededRandom(1) });
  const service = balance(members.set, { clock: new VirtualClock(), picker });
  return { members, service };
}
