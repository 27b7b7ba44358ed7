import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isMillraceError } from "../base/errors.js";
import type { Change } from "./discover.js";
import { createMemberSet } from "./member-set.js";

describe("createMemberSet", () => {
  it("shows a subscriber who is there, and then every change", () => {
    const { set, changes } = setup();
    set.insert("a", 1);
    set.subscribe((change) => changes.push(change));
    set.insert("b", 2, { weight: 3 });
    set.update("a", { draining: true });
    set.remove("b");

    assert.deepEqual(changes, [
      { kind: "insert", key: "a", service: 1, state: {} },
      { kind: "insert", key: "b", service: 2, state: { weight: 3 } },
      { kind: "update", key: "a", state: { draining: true } },
      { kind: "remove", key: "b" },
    ]);
  });

  it("shows a late subscriber what updates have come to", () => {
    const { set, changes } = setup();
    set.insert("a", 1, { weight: 2 });
    set.update("a", { health: "unhealthy" });
    set.update("a", { weight: 5, draining: undefined });
    set.subscribe((change) => changes.push(change));

    const state = { weight: 5, health: "unhealthy", draining: undefined };
    assert.deepEqual(changes, [{ kind: "insert", key: "a", service: 1, state }]);
  });

  it("knows its members, and says when there is nothing to change", () => {
    const { set } = setup();
    set.insert("a", 1);

    assert.deepEqual([set.size, set.has("a"), set.has("b")], [1, true, false]);
    assert.deepEqual(
      [set.update("b", {}), set.remove("b"), set.remove("a"), set.size],
      [false, false, true, 0],
    );
  });

  it("tells no more once the handle is disposed", () => {
    const { set, changes } = setup();
    const subscription = set.subscribe((change) => changes.push(change));
    subscription[Symbol.dispose]();
    set.insert("a", 1);

    assert.deepEqual(changes, []);
  });

  it("rejects a weight that is not positive, and changes nothing", () => {
    const { set } = setup();
    set.insert("a", 1);
    const invalid = (error: unknown) => isMillraceError(error, "invalid-options");

    assert.throws(() => set.insert("b", 2, { weight: 0 }), invalid);
    assert.throws(() => set.update("a", { weight: -1 }), invalid);
    assert.equal(set.size, 1);
  });
});

function setup() {
  return { set: createMemberSet<string, number>(), changes: [] as Change<string, number>[] };
}
