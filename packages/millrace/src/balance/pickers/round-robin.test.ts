import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { stubMember } from "../../testing/stub-member.js";
import { roundRobin } from "./round-robin.js";

describe("roundRobin", () => {
  it("takes the members in turn", () => {
    const { picks } = setup({ a: 1, b: 1, c: 1 });

    assert.equal(picks(7), "abcabca");
  });

  it("gives members turns by weight, evenly spread", () => {
    const { picks } = setup({ a: 5, b: 1, c: 1 });

    assert.equal(picks(7), "aabacaa");
  });

  it("passes over members that are not ready", () => {
    const { members, picks } = setup({ a: 1, b: 1, c: 1 });
    members[1]!.ready = false;

    assert.equal(picks(4), "acac");
  });

  it("passes over members that are not ready, of unlike weight too", () => {
    const { members, picks } = setup({ a: 2, b: 1, c: 1 });
    members[0]!.ready = false;

    assert.equal(picks(4), "bcbc");
  });

  it("goes on taking turns when none is ready", () => {
    const { members, picks } = setup({ a: 1, b: 1 });
    for (const member of members) member.ready = false;

    assert.equal(picks(4), "abab");
  });

  it("goes on with members that have changed", () => {
    const picker = roundRobin();
    const [a, b, c] = ["a", "b", "c"].map((name) => stubMember(name)) as [never, never, never];
    const keys = [[a, b], [a, b], [c], [a, b, c]].map(
      (members) => picker.pick(members, 0) as { key: string },
    );

    assert.equal(keys.length, 4);
  });

  it("gives each member its exact share of any number of rounds", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 8 }), (weights) => {
        const { picks } = setup(
          Object.fromEntries(weights.map((weight, index) => [`m${index}`, weight])),
          ",",
        );
        const round = weights.reduce((sum, weight) => sum + weight, 0);
        const turns = picks(round * 3).split(",");
        weights.forEach((weight, index) => {
          assert.equal(turns.filter((key) => key === `m${index}`).length, weight * 3);
        });
      }),
    );
  });
});

function setup(weights: Readonly<Record<string, number>>, separator = "") {
  const members = Object.entries(weights).map(([key, weight]) => stubMember(key, { weight }));
  const picker = roundRobin();
  const picks = (count: number) =>
    Array.from({ length: count }, () => picker.pick(members, 0).key).join(separator);
  return { members, picks };
}
