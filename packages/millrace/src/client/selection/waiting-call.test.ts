import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { abortedError, isMillraceError } from "../../base/errors.js";
import { createContext } from "../../service/context.js";
import { settle } from "../../testing/virtual-clock.js";
import { ok, selectionOf } from "./selection.test.fixture.js";

describe("calls that wait for a node", () => {
  it("waits at all nodes at once, and goes to the first that has room, once", async () => {
    const { members, call, selection } = selectionOf(["a", "b"]);
    for (let count = 0; count < 41; count += 1) void call("/e");
    assert.equal(selection.snapshot().waiting, 1);
    members.of("b").calls[0]!.respond(ok);
    members.of("a").calls[0]!.respond(ok);
    await settle();

    assert.equal(members.of("a").calls.length + members.of("b").calls.length, 41);
    assert.equal(selection.snapshot().waiting, 0);
  });

  for (const strategy of ["ADAPTIVE", "BALANCED", "PIN_UNTIL_ERROR"] as const) {
    it(`sends calls that wait to a node that comes, first come first served, with ${strategy}`, async () => {
      const { members, call, selection } = selectionOf(["a"], { strategy });
      for (let count = 0; count < 20; count += 1) void call("/e");
      const waiting = Array.from({ length: 22 }, () => call("/e"));
      assert.equal(selection.snapshot().waiting, 22);
      const came = members.add("b");
      await settle();
      assert.equal(selection.snapshot().waiting, 2);
      assert.equal(came.calls.length, 20);
      for (const one of came.calls) one.respond(ok);

      for (const one of waiting.slice(0, 20)) assert.equal(await one, ok);
    });
  }

  it("has them choose once after all changes of a moment: a node that comes and goes gets none", async () => {
    const { members, call, selection } = selectionOf(["a"]);
    for (let count = 0; count < 20; count += 1) void call("/e");
    void call("/e");
    const passing = members.add("b");
    members.set.remove("b");
    const stays = members.add("c");
    await settle();

    assert.equal(passing.calls.length, 0);
    assert.equal(stays.calls.length, 1);
    assert.equal(selection.snapshot().waiting, 0);
  });

  it("has nobody choose any more who was turned away in the same moment", async () => {
    const { members, call, selection } = selectionOf(["a"]);
    for (let count = 0; count < 20; count += 1) void call("/e");
    const waiting = assert.rejects(call("/e"), (error) => isMillraceError(error, "closed"));
    const came = members.add("b");
    selection[Symbol.dispose]();
    await waiting;

    assert.equal(came.calls.length, 0);
  });

  it("lets no call wait at a node that has left", async () => {
    const { members, call, selection } = selectionOf(["a", "b"]);
    for (let count = 0; count < 40; count += 1) void call("/e");
    void call("/e");
    members.set.remove("a");
    for (const one of members.of("a").calls) one.respond(ok);
    await settle();
    assert.equal(members.of("a").calls.length, 20);
    assert.equal(selection.snapshot().waiting, 1);
    members.of("b").calls[0]!.respond(ok);
    await settle();

    assert.equal(selection.snapshot().waiting, 0);
    assert.equal(members.of("b").calls.length, 21);
  });

  it("turns those who wait away when the last node leaves", async () => {
    const { members, call, selection } = selectionOf(["a"]);
    for (let count = 0; count < 20; count += 1) void call("/e");
    const waiting = call("/e");
    members.set.remove("a");

    await assert.rejects(
      waiting,
      (error) =>
        isMillraceError(error, "unavailable") && error.unsent === true && /no node/.test(error.message),
    );
    assert.equal(selection.snapshot().waiting, 0);
  });

  it("lets calls that wait at a node go on waiting there while it drains, when there is no other", async () => {
    const { members, call, selection } = selectionOf(["a"]);
    for (let count = 0; count < 20; count += 1) void call("/e");
    const waiting = call("/e");
    members.set.update("a", { draining: true });
    await settle();
    assert.equal(selection.snapshot().waiting, 1);
    members.of("a").calls[0]!.respond(ok);
    await settle();
    members.of("a").last.respond(ok);

    assert.equal(await waiting, ok);
  });

  it("takes a caller that gives up out of all lines", async () => {
    const { members, call, selection } = selectionOf(["a", "b"]);
    for (let count = 0; count < 40; count += 1) void call("/e");
    const context = createContext();
    const waiting = call("/e", context);
    const rejected = assert.rejects(waiting, (error) => isMillraceError(error, "aborted"));
    context.abort(abortedError());
    await rejected;
    const after = call("/e");
    members.of("a").calls[0]!.respond(ok);
    await settle();
    members.of("a").last.respond(ok);

    assert.equal(await after, ok);
    assert.equal(selection.snapshot().waiting, 0);
  });
});
