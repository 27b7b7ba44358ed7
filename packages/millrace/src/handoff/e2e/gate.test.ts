import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { createDeferred } from "../../base/deferred.js";
import type { Gate } from "../gate.js";
import { openHandoff } from "../open-handoff.js";
import type { BoundAddress } from "../options.js";
import { get } from "./clients.test.fixture.js";

describe("a gate of one's own", () => {
  it("gets the bound sockets, opens at the switch, and is closed once it is idle", async (t) => {
    const open = await setup(t);
    const first = await open("a");
    await first.handoff.ready();
    const { port } = first.bound[0]!.address as { port: number };
    assert.deepEqual(first.handoff.listeners, []);
    assert.deepEqual(first.handoff.addresses, [{ kind: "tcp", host: "127.0.0.1", port }]);
    assert.equal((await get(port)).body.release, "a");
    const second = await open("b");
    assert.deepEqual(second.told, []);
    await second.handoff.ready();
    assert.equal((await get(port)).body.release, "b");
    await first.asked;
    assert.deepEqual(first.told, ["prepare", "open", "pause", "retire true", "retire true", "whenIdle"]);
    assert.equal(first.handoff.status.generations[0]!.connections, 1);
    first.leave();
    assert.equal(await first.handoff.ended, "handed-over");

    assert.deepEqual(first.told.slice(-3), ["whenIdle", "cut", "close"]);
    assert.deepEqual(second.told, ["prepare", "open"]);
    assert.equal(second.handoff.way, "pass");
  });

  it("is not closed for a successor that gives up", async (t) => {
    const open = await setup(t);
    const first = await open("a");
    await first.handoff.ready();
    const second = await open("b");
    second.leave();
    await second.handoff.stop();
    await open("c");

    assert.deepEqual(first.told, ["prepare", "open"]);
    assert.ok(!second.told.includes("open"));
    assert.equal(second.told.at(-1), "close");
  });

  it("has no bytes forwarded: who knows no other way is refused", async (t) => {
    const open = await setup(t);
    const first = await open("a");
    await first.handoff.ready();
    const { shared } = first;

    await assert.rejects(openHandoff({ ...shared, ways: ["forward"] }), {
      code: "unavailable",
      message: /it hands over by inherit, pass, not by forward/,
    });
    assert.deepEqual(first.told, ["prepare", "open"]);
  });
});

/** Gives a function that opens a generation whose gate notes what it is told, and serves. */
async function setup(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), "mr-gate-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const shared = { name: "gated", folder: join(folder, "run"), addresses: ["127.0.0.1:0"], probationMs: 0 };
  return async (release: string) => {
    const told: string[] = [];
    const asked = createDeferred();
    const idle = createDeferred();
    let bound: readonly BoundAddress[] = [];
    let server: Server | undefined;
    const gate: Gate = {
      connections: 1,
      prepare: async () => void told.push("prepare"),
      async open() {
        told.push("open");
        server = createServer((_request, response) => response.end(JSON.stringify({ release })));
        server.listen(bound[0]!.handle);
      },
      pause() {
        told.push("pause");
        server?.close();
      },
      retire: (retired) => void told.push(`retire ${retired}`),
      whenIdle() {
        told.push("whenIdle");
        asked.resolve();
        return idle.promise;
      },
      cut: () => void told.push("cut"),
      close() {
        told.push("close");
        server?.close();
      },
    };
    const make = (given: readonly BoundAddress[]) => {
      bound = given;
      return gate;
    };
    const handoff = await openHandoff({ ...shared, release, gate: make });
    t.after(() => {
      idle.resolve();
      return handoff.stop();
    });
    return { handoff, bound, told, asked: asked.promise, leave: idle.resolve, shared };
  };
}
