import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isMillraceError } from "../base/errors.js";
import type { Change } from "./discover.js";
import { createMemberSet } from "./member-set.js";
import { subset } from "./subset.js";

describe("subset", () => {
  it("leaves a client as many members as it asks for", () => {
    const { keys } = setup({ members: 100, client: 7, size: 10 });

    assert.equal(keys().length, 10);
  });

  it("leaves all when there are no more than that", () => {
    const { keys } = setup({ members: 5, client: 3, size: 10 });

    assert.equal(keys().length, 5);
  });

  it("spreads clients evenly over the members", () => {
    const clients = Array.from({ length: 300 }, (_, client) =>
      setup({ members: 40, client, size: 8 }).keys(),
    );
    const counts = new Map<string, number>();
    for (const key of clients.flat()) counts.set(key, (counts.get(key) ?? 0) + 1);

    assert.equal(counts.size, 40);
    for (const count of counts.values()) assert.equal(count, 60);
  });

  it("exchanges one member at most when one leaves", () => {
    for (let client = 0; client < 20; client += 1) {
      const { set, keys } = setup({ members: 105, client, size: 10 });
      const before = keys();
      set.remove("m50");
      const kept = keys().filter((key) => before.includes(key));

      assert.equal(keys().length, 10);
      assert.ok(kept.length >= 9, `client ${client} kept ${kept.length}`);
    }
  });

  it("tells of new ones before those that go, so that there are always some", () => {
    const { set, changes, keys } = setup({ members: 4, client: 0, size: 2 });
    const [first] = keys();
    changes.length = 0;
    set.remove(first!);

    assert.deepEqual(
      changes.map(({ kind }) => kind),
      ["insert", "remove"],
    );
  });

  it("passes on what is known of its members, and nothing of others", () => {
    const { set, changes, keys } = setup({ members: 20, client: 0, size: 2 });
    const [shown] = keys();
    const hidden = Array.from({ length: 20 }, (_, index) => `m${index}`).find((key) => !keys().includes(key));
    changes.length = 0;
    set.update(shown!, { weight: 2 });
    set.update(hidden!, { weight: 3 });

    assert.deepEqual(changes, [{ kind: "update", key: shown, state: { weight: 2 } }]);
  });

  it("knows the state of a member that comes into the part later", () => {
    const { set, changes, keys } = setup({ members: 3, client: 0, size: 2 });
    const hidden = ["m0", "m1", "m2"].find((key) => !keys().includes(key))!;
    set.update(hidden, { weight: 3 });
    changes.length = 0;
    set.remove(keys()[0]!);

    const [insert] = changes;
    assert.equal(insert?.kind === "insert" && insert.state?.weight, 3);
  });

  it("stops following when disposed", () => {
    const { set, subscription, changes } = setup({ members: 3, client: 0, size: 3 });
    subscription[Symbol.dispose]();
    changes.length = 0;
    set.remove("m0");

    assert.deepEqual(changes, []);
  });

  for (const options of [
    { client: -1, size: 1 },
    { client: 0.5, size: 1 },
    { client: 0, size: 0 },
  ]) {
    it(`rejects ${JSON.stringify(options)}`, () => {
      assert.throws(
        () => subset(createMemberSet<string, string>(), options),
        (error) => isMillraceError(error, "invalid-options") && error.message.includes("subset."),
      );
    });
  }
});

function setup({ members, client, size }: { members: number; client: number; size: number }) {
  const set = createMemberSet<string, string>();
  for (let index = 0; index < members; index += 1) set.insert(`m${index}`, "service");
  const changes: Change<string, string>[] = [];
  const shown = new Set<string>();
  const subscription = subset(set, { client, size }).subscribe((change) => {
    changes.push(change);
    if (change.kind === "insert") shown.add(change.key);
    if (change.kind === "remove") shown.delete(change.key);
  });
  return { set, changes, subscription, keys: () => [...shown] };
}
