import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { seededRandom } from "../../base/random.js";
import { stubMember } from "../../testing/stub-member.js";
import { leastRequest } from "./least-request.js";

describe("leastRequest", () => {
  it("takes the member of least load for its weight", () => {
    const members = [member("a", 3), member("b", 2), member("c", 5, 5)];

    assert.equal(leastRequest().pick(members, 0).key, "c");
  });

  it("takes a ready member of any load before one that is not", () => {
    const members = [member("a", 0), member("b", 100), member("c", 0)];
    members[0]!.ready = false;
    members[2]!.ready = false;

    assert.equal(leastRequest().pick(members, 0).key, "b");
  });

  it("takes the least when none is ready", () => {
    const members = [member("a", 2), member("b", 1)];
    for (const each of members) each.ready = false;

    assert.equal(leastRequest().pick(members, 0).key, "b");
  });

  it("takes equals at random", () => {
    const members = [member("a", 1), member("b", 1), member("c", 2)];
    const picker = leastRequest({ random: seededRandom(5) });
    const picked = new Set(Array.from({ length: 50 }, () => picker.pick(members, 0).key));

    assert.deepEqual([...picked].sort(), ["a", "b"]);
  });

  it("compares by another metric when told to", () => {
    const members = [member("a", 1), member("b", 2)];

    assert.equal(leastRequest({ load: ({ key }) => (key === "a" ? 1 : 0) }).pick(members, 0).key, "b");
  });

  it("never leaves a better ready member aside", () => {
    const any = fc.array(fc.record({ ready: fc.boolean(), calls: fc.nat(5) }), { minLength: 1 });
    fc.assert(
      fc.property(any, fc.integer(), (states, seed) => {
        const members = states.map(({ ready, calls }, index) => {
          const made = member(String(index), calls);
          made.ready = ready;
          return made;
        });
        const picked = leastRequest({ random: seededRandom(seed) }).pick(members, 0);
        const rivals = members.filter(({ ready }) => ready === members.some((each) => each.ready));
        assert.ok(rivals.includes(picked));
        assert.equal(picked.load.inFlight, Math.min(...rivals.map(({ load }) => load.inFlight)));
      }),
    );
  });
});

function member(key: string, inFlight: number, weight = 1) {
  const made = stubMember(key, { weight });
  made.load.inFlight = inFlight;
  return made;
}
