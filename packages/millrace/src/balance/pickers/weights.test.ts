import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { seededRandom } from "../../base/random.js";
import { stubMember } from "../../testing/stub-member.js";
import { inFlight } from "../load/metric.js";
import { powerOfTwo } from "./power-of-two.js";
import { evenFrom, WeightedDraw } from "./weights.js";

describe("WeightedDraw", () => {
  it("draws members by weight", () => {
    const draw = new WeightedDraw(seededRandom(1));
    const members = [1, 2, 5, 2].map((weight, index) => stubMember(String(index), { weight }));
    assert.equal(draw.evenAt(members, 0), false);
    const counts = [0, 0, 0, 0];
    for (let count = 0; count < 10_000; count += 1) counts[draw.first(0)]! += 1;

    [1000, 2000, 5000, 2000].forEach((expected, index) => {
      assert.ok(Math.abs(counts[index]! - expected) < 200, counts.join());
    });
  });

  it("draws a second one by weight among the others", () => {
    const draw = new WeightedDraw(seededRandom(1));
    const members = [1, 98, 3].map((weight, index) => stubMember(String(index), { weight }));
    draw.evenAt(members, 0);
    const counts = [0, 0, 0];
    for (let count = 0; count < 4000; count += 1) counts[draw.second(1, 0)]! += 1;

    assert.equal(counts[1], 0);
    assert.ok(Math.abs(counts[0]! - 1000) < 150, counts.join());
  });

  it("never draws the same one twice", () => {
    const weights = fc.array(fc.double({ min: 0.001, max: 1000, noNaN: true }), {
      minLength: 2,
      maxLength: 9,
    });
    fc.assert(
      fc.property(weights, fc.integer(), (each, seed) => {
        const draw = new WeightedDraw(seededRandom(seed));
        const members = each.map((weight, index) => stubMember(String(index), { weight }));
        draw.evenAt(members, 0);
        const first = draw.first(0);
        const second = draw.second(first, 0);
        assert.ok(first !== second && members[first] && members[second]);
      }),
    );
  });

  it("draws the member that a search through the weights would find, however unlike they are", () => {
    const weight = fc.oneof(
      fc.double({ min: 1e-6, max: 1e6, noNaN: true }),
      fc.constantFrom(0.1, 1, 2, 3, 1e9),
    );
    const chance = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });
    fc.assert(
      fc.property(fc.array(weight, { minLength: 1, maxLength: 60 }), chance, (weights, drawn) => {
        const draw = new WeightedDraw(() => drawn);
        const members = weights.map((weight, index) => stubMember(String(index), { weight }));
        draw.evenAt(members, 0);
        const total = weights.reduce((sum, weight) => sum + weight, 0);
        let [expected, sum] = [0, 0];
        while (expected < weights.length - 1 && sum + weights[expected]! <= drawn * total) {
          sum += weights[expected]!;
          expected += 1;
        }
        assert.equal(draw.first(0), expected);
      }),
      { numRuns: 500 },
    );
  });

  it("draws a member in its slow start as seldom as its weight then is", () => {
    const draw = new WeightedDraw(seededRandom(1));
    const members = ["a", "b", "c", "d"].map((name) => stubMember(name));
    Object.assign(members[0]!, { steadyFrom: 100, weightAt: () => 0.1 });
    assert.equal(draw.evenAt(members, 99), false);
    const counts = [0, 0, 0, 0];
    for (let count = 0; count < 10_000; count += 1) counts[draw.first(99)]! += 1;
    assert.ok(Math.abs(counts[0]! - 10_000 * (0.1 / 3.1)) < 100, counts.join());

    assert.equal(draw.evenAt(members, 100), true);
  });
});

describe("evenFrom", () => {
  it("is when the last slow start ends, and never for unlike weights", () => {
    const members = [stubMember("a", { steadyFrom: 20 }), stubMember("b", { steadyFrom: 50 })];
    assert.equal(evenFrom(members), 50);
    members[0]!.weight = 2;

    assert.equal(evenFrom(members), Infinity);
  });
});

describe("powerOfTwo", () => {
  it("gives idle members their share by weight", () => {
    const members = [stubMember("a", { weight: 3 }), stubMember("b"), stubMember("c", { weight: 2 })];
    const picker = powerOfTwo({ load: inFlight, random: seededRandom(1) });
    const counts = new Map<string, number>();
    for (let count = 0; count < 6000; count += 1) {
      const { key } = picker.pick(members, 0);
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }

    for (const { key, weight } of members) {
      assert.ok(Math.abs(counts.get(key)! - weight * 1000) < 200, `${key}: ${counts.get(key)}`);
    }
  });
});
