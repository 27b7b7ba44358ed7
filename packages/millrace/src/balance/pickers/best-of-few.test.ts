import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { seededRandom } from "../../base/random.js";
import { poisson } from "../../testing/simulation/arrivals.js";
import { linearTime } from "../../testing/simulation/server-models.js";
import { type SimulationOptions, simulate } from "../../testing/simulation/simulate.js";
import { stubMember } from "../../testing/stub-member.js";
import { balance } from "../balance.js";
import { inFlight } from "../load/metric.js";
import { bestOfFew } from "./best-of-few.js";

/** What happens to the first of ten servers. */
const comings: Readonly<Record<string, NonNullable<SimulationOptions["changes"]>>> = {
  "is new": [
    { atMs: 0, change: (members) => void members.remove("s0") },
    { atMs: 10_000, change: (members, servers) => members.insert("s0", servers["s0"]!) },
  ],
  "is back after a while": [
    { atMs: 2_000, change: (members) => void members.update("s0", { health: "unhealthy" }) },
    { atMs: 12_000, change: (members) => void members.update("s0", { health: "healthy" }) },
  ],
};

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

  it("looks at one not heard of lately as often as chance names it", () => {
    const members = [stub("a", 50), stub("b", 50), stub("new", 1), stub("c", 50)];
    members[2]!.load.heardAt = -Infinity;
    const picker = bestOfFew({ random: seededRandom(1) });
    const picks = Array.from({ length: 4_000 }, () => picker.pick(members, 0).key);
    const share = picks.filter((key) => key === "new").length / picks.length;

    assert.ok(share > 0.47 && share < 0.53, `${share}`);
  });

  it("looks at both of two that it knows nothing of, as two draws do", () => {
    const members = [stub("a", 1), stub("b", 2)];
    for (const member of members) member.load.heardAt = -Infinity;
    const picker = bestOfFew({ random: seededRandom(1) });
    const picked = new Set(Array.from({ length: 100 }, () => picker.pick(members, 0).key));

    assert.deepEqual([...picked], ["a"]);
  });

  it("takes one that answers slowly for heard of as long as two of its answers take", () => {
    const members = [stub("a", 5_000), stub("b", 8_000), stub("c", 8_000)];
    const pickedAt = (now: number) => {
      const picker = bestOfFew({ random: seededRandom(1) });
      return new Set(Array.from({ length: 100 }, () => picker.pick(members, now).key)).size;
    };

    assert.equal(pickedAt(10_000), 1);
    assert.equal(pickedAt(10_001), 3);
  });

  it("takes a ready one it knows nothing of before one that is not ready", () => {
    const members = [stub("a", 1), stub("b", 1), stub("new", 1), stub("c", 1)];
    for (const member of members) member.ready = member.key === "new";
    members[2]!.load.heardAt = -Infinity;
    const picker = bestOfFew({ random: seededRandom(1) });
    const picked = new Set(Array.from({ length: 100 }, () => picker.pick(members, 0).key));

    assert.deepEqual([...picked], ["new"]);
  });

  it("lets a call wait at the lowest when none is ready", () => {
    const members = [stub("a", 3), stub("b", 1), stub("c", 2)];
    for (const member of members) member.ready = false;

    assert.equal(bestOfFew().pick(members, 0).key, "b");
  });

  it("takes equals by their weight", () => {
    const members = [stub("a", 10), stub("b", 10), stub("c", 10)];
    members[1]!.weight = 2;
    const picker = bestOfFew({ load: inFlight, random: seededRandom(1) });
    const picks = Array.from({ length: 4_000 }, () => picker.pick(members, 0).key);
    const share = picks.filter((key) => key === "b").length / picks.length;

    assert.ok(Math.abs(share - 0.5) < 0.03, `${share}`);
  });

  it("never leaves a better ready member aside that it was told of lately", () => {
    const any = fc.array(fc.record({ ready: fc.boolean(), latencyMs: fc.nat(5) }), {
      minLength: 1,
      maxLength: 10,
    });
    fc.assert(
      fc.property(any, fc.integer(), (states, seed) => {
        const members = states.map(({ ready, latencyMs }, index) => {
          const made = stub(String(index), latencyMs + 1);
          made.ready = ready;
          return made;
        });
        const picked = bestOfFew({ random: seededRandom(seed) }).pick(members, 0);
        const rivals = members.filter(({ ready }) => ready === members.some((each) => each.ready));
        assert.ok(rivals.includes(picked));
        assert.equal(picked.load.latency, Math.min(...rivals.map(({ load }) => load.latency)));
      }),
    );
  });

  for (const [what, changes] of Object.entries(comings)) {
    it(`does not let a hundred clients rush to a member that ${what}`, async () => {
      const servers = Object.fromEntries(
        Array.from({ length: 10 }, (_, index) => [`s${index}`, linearTime({ bestMs: 50, capacity: 20 })]),
      );
      const report = await simulate({
        servers,
        changes,
        clients: 100,
        arrivals: poisson(1_000),
        durationMs: 20_000,
        client: ({ members, clock, random }) => balance(members, { clock, picker: bestOfFew({ random }) }),
      });

      // In a rush more than half of the calls go there until the first are answered.
      const busiest = Math.max(...report.servers[0]!.receivedOverTime) * (1_000 / report.bucketMs);
      assert.ok(busiest < 300, `${busiest} calls in a second`);
      assert.ok(report.latency.p99 < 100, `p99 of ${report.latency.p99} ms`);
      assert.ok(report.servers[0]!.share > 0.02);
    });
  }

  it("rejects a number that is not whole", () => {
    assert.throws(() => bestOfFew({ few: 0 }), { code: "invalid-options" });
  });
});

function stub(key: string, latencyMs: number) {
  const member = stubMember(key);
  member.load.latency = latencyMs;
  return member;
}
