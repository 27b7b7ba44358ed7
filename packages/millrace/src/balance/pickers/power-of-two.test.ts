import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { seededRandom } from "../../base/random.js";
import { stubMember } from "../../testing/stub-member.js";
import { inFlight } from "../load/metric.js";
import { powerOfTwo } from "./power-of-two.js";

describe("powerOfTwo", () => {
  it("takes the member of lower load of the two drawn", () => {
    const { members, pick } = setup([0, 0], "a", "b", "c");
    members[0]!.load.inFlight = 1;

    assert.equal(pick(), "b");
  });

  it("takes the first drawn when the two are equal", () => {
    const { pick } = setup([0.9, 0], "a", "b", "c");

    assert.equal(pick(), "c");
  });

  it("takes the only member there is", () => {
    const { pick } = setup([0.5], "a");

    assert.equal(pick(), "a");
  });

  it("divides load by weight", () => {
    const { members, pick } = setup([0, 0], "a", "b");
    members[0]!.load.inFlight = 3;
    members[0]!.weight = 4;
    members[1]!.load.inFlight = 1;

    assert.equal(pick(), "a");
  });

  it("takes the ready one of two, whatever its load", () => {
    const { members, pick } = setup([0, 0], "a", "b", "c");
    members[0]!.ready = false;
    members[1]!.load.inFlight = 100;

    assert.equal(pick(), "b");
  });

  it("finds a ready one when neither of two is", () => {
    const { members, pick } = setup([0.6, 0.6], "a", "b", "c", "d");
    for (const member of members) member.ready = member.key === "b";

    assert.equal(pick(), "b");
  });

  it("takes the lower of two when none at all is ready", () => {
    const { members, pick } = setup([0, 0], "a", "b", "c");
    for (const member of members) member.ready = false;
    members[0]!.load.inFlight = 1;

    assert.equal(pick(), "b");
  });

  it("draws every pair of distinct members equally often", () => {
    const names = ["a", "b", "c", "d"];
    const members = names.map((name) => stubMember(name));
    const picker = powerOfTwo({ random: seededRandom(1) });
    const pairs = new Map<string, number>();
    for (let count = 0; count < 12_000; count += 1) {
      const pair: unknown[] = [];
      picker.pick(members, 0, { looked: ({ key }) => pair.push(key), decided() {} });
      pairs.set(pair.join(), (pairs.get(pair.join()) ?? 0) + 1);
    }

    assert.equal(pairs.size, 12);
    for (const [pair, count] of pairs) assert.ok(Math.abs(count - 1000) < 150, `${pair}: ${count}`);
  });

  it("says what it looked at and why it decided", () => {
    const { members } = setup([], "a", "b");
    const told: unknown[] = [];
    const trace = {
      looked: ({ key }: { key: unknown }, score: number) => told.push([key, score]),
      decided: (reason: string) => told.push(reason),
    };
    powerOfTwo({ random: () => 0 }).pick(members, 0, trace);

    assert.deepEqual(told, [["a", 10], ["b", 10], "the lower of two"]);
  });

  it("spreads balls over bins far more evenly than chance does", () => {
    const members = Array.from({ length: 1000 }, (_, index) => stubMember(String(index)));
    const picker = powerOfTwo({ load: inFlight, random: seededRandom(3) });
    for (let ball = 0; ball < 1000; ball += 1) picker.pick(members, 0).load.inFlight += 1;

    // One choice would put 5.4 into the fullest bin on average, two put 3.0.
    assert.ok(Math.max(...members.map(({ load }) => load.inFlight)) <= 4);
  });

  it("picks a ready member whenever there is one", () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 1 }), fc.integer(), (readiness, seed) => {
        const members = readiness.map((ready, index) => stubMember(String(index), { ready }));
        const picked = powerOfTwo({ random: seededRandom(seed) }).pick(members, 0);
        assert.equal(picked.ready, readiness.includes(true));
      }),
    );
  });
});

function setup(draws: readonly number[], ...names: readonly string[]) {
  const left = [...draws];
  const members = names.map((name) => stubMember(name));
  const picker = powerOfTwo({ load: inFlight, random: () => left.shift()! });
  return { members, pick: () => picker.pick(members, 0).key };
}
