import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { type StubMember, stubMember } from "../../testing/stub-member.js";
import { MaglevTable } from "./maglev-table.js";

const size = 65_537;

describe("MaglevTable", () => {
  it("gives each member its even share of the slots", () => {
    const shares = sharesOf(tableOf(membersNamed(10)));

    for (const count of shares.values()) assert.ok(Math.abs(count - size / 10) <= 1, String(count));
  });

  it("gives members slots by weight", () => {
    const members = [stubMember("a", { weight: 3 }), stubMember("b"), stubMember("c", { weight: 0.5 })];
    const shares = sharesOf(tableOf(members));

    const expected = { a: 3 / 4.5, b: 1 / 4.5, c: 0.5 / 4.5 };
    for (const [key, share] of Object.entries(expected)) {
      assert.ok(Math.abs(shares.get(key)! / size - share) < 0.001, `${key}: ${shares.get(key)}`);
    }
  });

  it("moves few slots but those of a member that left", () => {
    for (const count of [5, 20, 100]) {
      const members = membersNamed(count);
      const before = tableOf(members);
      const after = tableOf(members.slice(1));
      let moved = 0;
      for (let slot = 0; slot < size; slot += 1) {
        if (before.at(slot) !== members[0] && before.at(slot) !== after.at(slot)) moved += 1;
      }

      assert.ok(moved / size < 0.04, `${moved} slots of ${size} moved with ${count} members`);
    }
  });

  it("is the same whatever order the members come in", () => {
    const members = membersNamed(7);
    const [one, other] = [tableOf(members), tableOf([...members].reverse())];

    for (let slot = 0; slot < size; slot += 97) assert.equal(one.at(slot), other.at(slot));
  });

  it("knows whether other members would make another table", () => {
    const members = membersNamed(3);
    const table = tableOf(members);
    assert.equal(table.isOf([...members]), true);
    assert.equal(table.isOf(members.slice(1)), false);
    members[1]!.weight = 2;

    assert.equal(table.isOf(members), false);
  });

  it("fills every slot for any number of members of any weight, of one name too", () => {
    const weights = fc.array(fc.double({ min: 0.01, max: 100, noNaN: true }), {
      minLength: 1,
      maxLength: 20,
    });
    fc.assert(
      fc.property(weights, fc.constantFrom(2, 13, 251), fc.boolean(), (each, slots, alike) => {
        const members = each.map((weight, index) => stubMember(alike ? "x" : `m${index}`, { weight }));
        const table = new MaglevTable(members, slots, ({ key }) => String(key));
        for (let slot = 0; slot < slots; slot += 1) assert.ok(members.includes(table.at(slot)));
      }),
      { numRuns: 50 },
    );
  });
});

function membersNamed(count: number): StubMember[] {
  return Array.from({ length: count }, (_, index) => stubMember(`10.0.0.${index}:80`));
}

function tableOf(members: readonly StubMember[]) {
  return new MaglevTable(members, size, ({ key }) => String(key));
}

function sharesOf(table: MaglevTable<StubMember>): Map<string, number> {
  const shares = new Map<string, number>();
  for (let slot = 0; slot < table.size; slot += 1) {
    const { key } = table.at(slot);
    shares.set(key, (shares.get(key) ?? 0) + 1);
  }
  return shares;
}
