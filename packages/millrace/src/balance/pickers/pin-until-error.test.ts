import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isMillraceError } from "../../base/errors.js";
import { seededRandom } from "../../base/random.js";
import { stubMember } from "../../testing/stub-member.js";
import { pinUntilError } from "./pin-until-error.js";

describe("pinUntilError", () => {
  it("stays with one member, busy or not ready", () => {
    const { members, pick } = setup();
    const pinned = pick();
    pinned.ready = false;
    pinned.load.inFlight = 100;

    for (let count = 0; count < 20; count += 1) assert.equal(pick(), pinned);
    assert.equal(members.length, 4);
  });

  it("goes on when a call of the member has failed, and visits all before it comes back", () => {
    const { members, pick } = setup();
    const visited = members.map(() => {
      const pinned = pick();
      pinned.load.failed += 1;
      return pinned;
    });

    assert.equal(new Set(visited).size, 4);
    assert.equal(pick(), visited[0]);
  });

  it("moves once for several failures, and not for those of members it has left", () => {
    const { pick } = setup();
    const first = pick();
    first.load.failed += 3;
    const second = pick();
    first.load.failed += 1;

    assert.notEqual(second, first);
    assert.equal(pick(), second);
  });

  it("leaves a member that may not be chosen", () => {
    const { members, pick } = setup();
    const first = pick();
    const others = members.filter((member) => member !== first);
    const second = pick(others);

    assert.ok(others.includes(second));
    assert.equal(pick(), second);
  });

  it("goes on when a member had its time", () => {
    const { pick } = setup({ longestMs: 1000 });
    const first = pick(undefined, 0);
    assert.equal(pick(undefined, 1000), first);

    assert.notEqual(pick(undefined, 1101), first);
  });

  it("starts elsewhere in another client", () => {
    const firsts = Array.from({ length: 40 }, (_, seed) => setup({ random: seededRandom(seed) }).pick().key);

    assert.equal(new Set(firsts).size, 4);
  });

  it("says why", () => {
    const { members } = setup();
    const picker = pinUntilError();
    const reasons: string[] = [];
    const trace = { looked() {}, decided: (reason: string) => reasons.push(reason) };
    picker.pick(members, 0, trace);
    picker.pick(members, 0, trace).load.failed += 1;
    picker.pick(members, 0, trace);

    assert.deepEqual(reasons, [
      "the next, for the pinned one is away",
      "the pinned one",
      "the next, for the pinned one failed",
    ]);
  });

  it("rejects a time that is not positive", () => {
    assert.throws(
      () => pinUntilError({ longestMs: 0 }),
      (error) => isMillraceError(error, "invalid-options") && /pinUntilError\.longestMs/.test(error.message),
    );
  });
});

function setup(options: Parameters<typeof pinUntilError>[0] = {}) {
  const all = ["a", "b", "c", "d"].map((name) => stubMember(name));
  const picker = pinUntilError({ random: seededRandom(1), ...options });
  return { members: all, pick: (members = all, now = 0) => picker.pick(members, now) };
}
