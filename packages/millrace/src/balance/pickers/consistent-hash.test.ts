import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isMillraceError } from "../../base/errors.js";
import { seededRandom } from "../../base/random.js";
import { type StubMember, stubMember } from "../../testing/stub-member.js";
import { type ConsistentHashOptions, consistentHash } from "./consistent-hash.js";

const keys = Array.from({ length: 2000 }, (_, index) => `user-${index}`);

describe("consistentHash", () => {
  it("sends a key to the same member always, in every process", () => {
    const [one, other] = [setup(), setup()];

    for (const key of keys) assert.equal(one.pick(key).key, other.pick(key).key);
  });

  it("spreads keys evenly", () => {
    const { pick } = setup();
    const counts = countBy(keys.map((key) => pick(key)));

    for (const count of counts.values()) assert.ok(Math.abs(count - 200) < 60, String(count));
  });

  it("spreads calls without a key by chance", () => {
    const { pick } = setup();
    const counts = countBy(keys.map(() => pick(undefined)));

    for (const count of counts.values()) assert.ok(Math.abs(count - 200) < 60, String(count));
  });

  it("moves hardly any key but those of a member that left", () => {
    const { members, pick } = setup();
    const before = new Map(keys.map((key) => [key, pick(key)]));
    const others = members.slice(1);
    const moved = keys.filter(
      (key) => before.get(key) !== members[0] && pick(key, others) !== before.get(key),
    );

    assert.ok(moved.length < 40, `${moved.length} keys moved`);
  });

  it("keeps to what may be chosen for a later attempt, and then to where keys were", () => {
    const { members, pick } = setup();
    const before = pick("x");
    const elsewhere = pick(
      "x",
      members.filter((member) => member !== before),
    );
    assert.notEqual(elsewhere, before);

    assert.equal(pick("x"), before);
  });

  it("sends a key of a member that is not ready to the next, always the same", () => {
    const { pick } = setup();
    const own = pick("x");
    own.ready = false;
    const next = pick("x");

    assert.notEqual(next, own);
    for (let count = 0; count < 10; count += 1) assert.equal(pick("x"), next);
    own.ready = true;
    assert.equal(pick("x"), own);
  });

  it("waits at the member of the key when none is ready", () => {
    const { members, pick } = setup();
    const own = pick("x");
    for (const member of members) member.ready = false;

    assert.equal(pick("x"), own);
  });

  it("finds the one ready member of many", () => {
    const many = Array.from({ length: 500 }, (_, index) => stubMember(`m${index}`, { ready: index === 321 }));
    const { pick } = setup({}, many);

    assert.equal(pick("x").key, "m321");
  });

  it("lets no member have more than its bounded share of the load", () => {
    const { members, pick } = setup({ balanceFactor: 1.25 });
    for (let count = 0; count < 1000; count += 1) {
      pick(count % 2 === 0 ? "popular" : `user-${count}`).load.inFlight += 1;
      const most = Math.ceil((1.25 * (count + 1)) / members.length);
      assert.ok(Math.max(...members.map(({ load }) => load.inFlight)) <= most);
    }
  });

  it("heeds weights, also when they change", () => {
    const members = [stubMember("a"), stubMember("b")];
    const { pick } = setup({}, members);
    pick("x");
    members[0]!.weight = 9;
    const counts = countBy(keys.map((key) => pick(key, [...members])));

    assert.ok(counts.get("a")! > 1700, String(counts.get("a")));
  });

  it("says why", () => {
    const { members, picker } = setup();
    const told: unknown[] = [];
    const trace = { looked() {}, decided: (reason: string) => told.push(reason) };
    const own = picker.pick(members, 0, trace, "x");
    own.ready = false;
    picker.pick(members, 0, trace, "x");
    for (const member of members) member.ready = false;
    picker.pick(members, 0, trace, "x");

    assert.deepEqual(told, [
      "the one of its key",
      "the next of its key with room",
      "the one there is, for none has room",
    ]);
  });

  for (const [name, options] of [
    ["balanceFactor", { balanceFactor: 0.9 }],
    ["tableSize", { tableSize: 65_536 }],
    ["tableSize", { tableSize: 1 }],
    ["tableSize", { tableSize: 5_000_077 }],
  ] as const) {
    it(`rejects ${JSON.stringify(options)}`, () => {
      assert.throws(
        () => setup(options),
        (error) =>
          isMillraceError(error, "invalid-options") && error.message.includes(`consistentHash.${name}`),
      );
    });
  }
});

function setup(options: Partial<ConsistentHashOptions<string>> = {}, given?: StubMember[]) {
  const members = given ?? Array.from({ length: 10 }, (_, index) => stubMember(`m${index}`));
  const picker = consistentHash<string>({ keyOf: String, random: seededRandom(1), ...options });
  const pick = (key: string | undefined, among = members) => picker.pick(among, 0, undefined, key);
  return { members, picker, pick };
}

function countBy(picked: readonly StubMember[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { key } of picked) counts.set(key, (counts.get(key) ?? 0) + 1);
  return counts;
}
