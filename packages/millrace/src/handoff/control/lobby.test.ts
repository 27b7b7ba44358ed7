import assert from "node:assert/strict";
import { Socket } from "node:net";
import { describe, it } from "node:test";
import { Lobby } from "./lobby.js";

describe("a lobby", () => {
  it("has those heard who wait, in the order in which they came, and those who come later", () => {
    const lobby = new Lobby();
    const [first, second, third] = [new Socket(), new Socket(), new Socket()] as const;
    const heard: Socket[] = [];
    lobby.enter(first);
    lobby.enter(second);
    lobby.open((socket) => heard.push(socket));
    lobby.enter(third);

    assert.deepEqual(heard, [first, second, third]);
  });

  it("outlives one that fails while it waits, and forgets it", async () => {
    const lobby = new Lobby();
    const socket = new Socket();
    lobby.enter(socket);
    socket.destroy(new Error("reset"));
    await new Promise((resolve) => socket.once("close", resolve));

    lobby.open(() => assert.fail("it has left"));
  });

  it("turns those away who wait", () => {
    const lobby = new Lobby();
    const socket = new Socket();
    lobby.enter(socket);
    lobby.turnAway();

    assert.ok(socket.destroyed);
    lobby.open(() => assert.fail("it was turned away"));
  });
});
