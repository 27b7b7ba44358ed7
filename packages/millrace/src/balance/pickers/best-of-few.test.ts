import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { seededRandom } from "../../base/random.js";
import { stubMember } from "../../testing/stub-member.js";
import { bestOfFew } from "./best-of-few.js";

describe("bestOfFew", () => {
  it("never misses the one good member among few", () => {
    const members = [stub("a", 1_000), stub("b", 2), stub("c", 500), stub("d", 900)];
    const picker = bestOfFew({ random: seededRandom(1) });
    const picked = new Set(Array.from({ length: 100 }, () => picker.pick(members, 0).key));

    assert.deepEqual([...picked], ["b"]);
  });

  it("draws two when there are more", () => {
    const members = [stub("a", 1_000), stub("b", 2), stub("c", 500)];
    const picker = bestOfFew({ few: 2, random: seededRandom(1) });
    const picked = new Set(Array.from({ length: 100 }, () => picker.pick(members, 0).key));

    assert.deepEqual([...picked].sort(), ["b", "c"]);
  });

  it("rejects a number that is not whole", () => {
    assert.throws(() => bestOfFew({ few: 0 }), { code: "invalid-options" });
  });
});

function stub(key: string, latencyMs: number) {
  const member = stubMember(key);
  member.load.latency = latencyMs;
  return member;
}
