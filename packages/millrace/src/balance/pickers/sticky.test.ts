import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isMillraceError } from "../../base/errors.js";
import { stubMember } from "../../testing/stub-member.js";
import { roundRobin } from "./round-robin.js";
import { sticky } from "./sticky.js";

describe("sticky", () => {
  it("sends calls of one key where the first went", () => {
    const { pick } = setup();
    const keys = ["x", "y", "x", "z", "y", "x"].map((key) => pick(key));

    assert.deepEqual(keys, ["a", "b", "a", "c", "b", "a"]);
  });

  it("leaves calls without a key to the other picker", () => {
    const { pick } = setup();

    assert.deepEqual([pick(undefined), pick(undefined), pick("x"), pick("x")], ["a", "b", "c", "c"]);
  });

  it("gives a key another member when its own may not be chosen, and leaves it there", () => {
    const { members, pick } = setup();
    assert.equal(pick("x"), "a");
    const moved = pick("x", members.slice(1));
    assert.notEqual(moved, "a");

    assert.equal(pick("x"), moved);
  });

  it("forgets the key unused for longest", () => {
    const { pick } = setup(2);
    pick("x");
    pick("y");
    pick("x");
    pick("z");

    assert.equal(pick("x"), "a");
    assert.equal(pick("y"), "a");
  });

  it("says why", () => {
    const reasons: string[] = [];
    const { picker, members } = setup();
    const trace = { looked() {}, decided: (reason: string) => reasons.push(reason) };
    picker.pick(members, 0, trace, "x");
    picker.pick(members, 0, trace, "x");

    assert.deepEqual(reasons, ["the next in turn", "where the key went before"]);
  });

  it("rejects a number of keys out of range", () => {
    assert.throws(
      () => sticky({ keyOf: () => "x", maxKeys: 0 }),
      (error) => isMillraceError(error, "invalid-options") && /sticky\.maxKeys/.test(error.message),
    );
  });
});

function setup(maxKeys?: number) {
  const members = ["a", "b", "c"].map((name) => stubMember(name));
  const picker = sticky<string>({ keyOf: (request) => request, picker: roundRobin(), maxKeys });
  const pick = (key: string | undefined, among = members) => picker.pick(among, 0, undefined, key).key;
  return { members, picker, pick };
}
