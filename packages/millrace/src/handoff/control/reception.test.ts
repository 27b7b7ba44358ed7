import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { VirtualClock } from "../../testing/virtual-clock.js";
import { receive } from "./reception.js";

describe("a reception", () => {
  it("R9: turns away who says nothing for 5 s", async (t) => {
    const folder = await mkdtemp(join(tmpdir(), "mr-reception-"));
    const clock = new VirtualClock();
    const refused: string[] = [];
    const unheard = new Set<(reason: string) => void>();
    const server = createServer((socket) =>
      receive(socket, {
        clock,
        unheard,
        status: () => assert.fail(),
        restart: () => assert.fail(),
        onHello: () => assert.fail(),
        onRefused: (reason) => refused.push(reason),
      }),
    );
    await new Promise<void>((resolve) => server.listen(join(folder, "a.sock"), resolve));
    t.after(async () => {
      server.close();
      await rm(folder, { recursive: true });
    });
    const silent = connect(join(folder, "a.sock"));
    await once(server, "connection");
    const closed = once(silent.resume(), "close");
    await clock.advance(4_999);
    assert.deepEqual(refused, []);
    await clock.advance(1);
    await closed;

    assert.deepEqual(refused, ["said nothing"]);
    assert.equal(unheard.size, 0);
    assert.equal(clock.pending, 0);
  });
});
