import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { seededRandom } from "../base/random.js";
import { createContext } from "../service/context.js";
import { MockMembers } from "../testing/mock-members.js";
import { settle, VirtualClock } from "../testing/virtual-clock.js";
import { balance } from "./balance.js";
import { consistentHash } from "./pickers/consistent-hash.js";
import { leastRequest } from "./pickers/least-request.js";
import type { Picker } from "./pickers/picker.js";
import { pinUntilError } from "./pickers/pin-until-error.js";
import { powerOfTwo } from "./pickers/power-of-two.js";
import { roundRobin } from "./pickers/round-robin.js";
import { sticky } from "./pickers/sticky.js";

const keyOf = (request: string) => request;

const pickers: Readonly<Record<string, () => Picker<string>>> = {
  powerOfTwo: () => powerOfTwo({ random: seededRandom(1) }),
  leastRequest: () => leastRequest({ random: seededRandom(1) }),
  roundRobin,
  consistentHash: () => consistentHash({ keyOf, tableSize: 251 }),
  boundedHash: () => consistentHash({ keyOf, tableSize: 251, balanceFactor: 1.1 }),
  pinUntilError: () => pinUntilError({ random: seededRandom(1) }),
  sticky: () => sticky({ keyOf, maxKeys: 3 }),
};

const step = fc.record({
  kind: fc.constantFrom("insert", "remove", "drain", "sicken", "heal", "weigh", "call", "call", "call"),
  member: fc.constantFrom(..."abcdef"),
  request: fc.constantFrom(..."xyz"),
  fails: fc.boolean(),
  pauseMs: fc.nat(2000),
});

describe("balance", () => {
  for (const [name, createPicker] of Object.entries(pickers)) {
    it(`never calls a member that left, drains or is unwell while a usable one is there: ${name}`, async () => {
      const property = fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const { clock, members, service, known, apply } = setup(createPicker());
        for (const { kind, member, request, fails, pauseMs } of steps) {
          if (kind !== "call") {
            apply(kind, member);
            continue;
          }
          const before = new Map(members.all().map((each) => [each, each.calls.length]));
          const usable = [...known].filter(([, state]) => state === "well").length;
          service.call(request, createContext()).catch(() => {});
          const called = members.all().filter((each) => each.calls.length > (before.get(each) ?? 0));

          const [key] = [...known.keys()].filter((each) => members.of(each) === called[0]);
          if (usable > 0) assert.equal(called.length, 1);
          if (called.length > 0) assert.ok(key !== undefined, "called a member that left");
          if (usable > 0 && key) assert.equal(known.get(key), "well");
          if (fails) called[0]?.last.fail(new Error("broken"));
          else called[0]?.last.respond("pong");
          await settle();
          await clock.advance(pauseMs);
        }
      });
      await fc.assert(property, { numRuns: 30 });
    });
  }

  it("gives the picker what its key function says of the request", async () => {
    const { members, service } = setup(sticky({ keyOf, picker: roundRobin() }));
    for (const key of "abc") members.add(key);
    for (const request of ["x", "y", "x", "x"]) void service.call(request, createContext());

    assert.deepEqual(
      members.all().map(({ calls }) => calls.map(({ request }) => request).join("")),
      ["xxx", "y", ""],
    );
  });

  it("explains where a request would go", () => {
    const { members, service } = setup(consistentHash({ keyOf }));
    for (const key of "abc") members.add(key);
    const { chosen, reason } = service.explain("x");
    void service.call("x", createContext());

    assert.equal(reason, "the one of its key");
    assert.equal(members.of(String(chosen)).calls.length, 1);
  });
});

type State = "well" | "draining" | "sick";

function setup(picker: Picker<string>) {
  const clock = new VirtualClock();
  const members = new MockMembers<string, string>();
  const service = balance(members.set, { clock, picker, panicRatio: 0 });
  const known = new Map<string, State>();
  const apply = (kind: string, key: string) => {
    if (kind === "insert") {
      members.add(key);
      known.set(key, "well");
    } else if (kind === "remove") {
      members.set.remove(key);
      known.delete(key);
    } else if (!known.has(key)) return;
    else if (kind === "weigh") members.set.update(key, { weight: 3 });
    else if (kind === "drain") change(key, "draining");
    else change(key, kind === "sicken" ? "sick" : "well");
  };
  const change = (key: string, state: State) => {
    known.set(key, state);
    members.set.update(key, {
      draining: state === "draining",
      health: state === "sick" ? "unhealthy" : "healthy",
    });
  };
  return { clock, members, service, known, apply };
}
