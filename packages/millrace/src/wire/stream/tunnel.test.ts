import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { MemoryStreamOptions } from "../../testing/memory-stream.js";
import { relayInMemory } from "../proof/relay.js";

const ask = "GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n";
const agree = "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n";

describe("a tunnel after 101", () => {
  it("passes bytes both ways, the ones behind both heads too", async () => {
    const side = await tunnel({}, { ahead: "client early ", behind: "origin early " });
    side.client.send("client late");
    side.origin.send("origin late");
    await side.clock.advance(0);

    assert.match(side.client.text, /^HTTP\/1\.1 101 [\s\S]*Upgrade: echo\r\n\r\norigin early origin late$/);
    assert.equal(side.origin.text, "client early client late");
  });

  it("passes every byte at any speed, holding little", async () => {
    const side = await tunnel({
      client: { capacityBytes: 700, readBytes: () => 333 },
      origin: { capacityBytes: 900 },
    });
    const [down, up] = ["d".repeat(300_000), "u".repeat(300_000)];
    side.origin.send(down);
    side.client.send(up);
    await side.clock.advance(0);

    assert.ok(side.client.text.endsWith(`\r\n\r\n${down}`));
    assert.equal(side.origin.text, up);
    assert.ok(side.nearClient.mostQueued <= 65_536 && side.nearOrigin.mostQueued <= 65_536);
  });

  it("goes on when much was sent before it was there", async () => {
    const side = await tunnel({}, { ahead: "x".repeat(200_000) });
    side.client.send("end");
    await side.clock.advance(0);

    assert.equal(side.origin.text.length, 200_003);
  });

  it("keeps one way open when the other is closed", async () => {
    const side = await tunnel();
    side.client.send("last words");
    side.client.stream.end();
    await side.clock.advance(0);
    assert.equal(side.origin.sawEnd, true);
    assert.equal(side.origin.text, "last words");
    side.origin.send("an answer");
    await side.clock.advance(0);
    assert.ok(side.client.text.endsWith("an answer"));
    side.origin.stream.end();

    await leavesNothing(side);
  });

  it("closes both when one is closed and the other has been silent for a minute", async () => {
    const side = await tunnel();
    side.client.stream.end();
    await side.clock.advance(59_000);
    assert.equal(side.origin.stream.destroyed, false);
    await side.clock.advance(2_000);

    await leavesNothing(side);
  });

  it("closes both when one breaks", async () => {
    for (const broken of ["client", "origin"] as const) {
      const side = await tunnel();
      side[broken].stream.destroy(true);
      await side.clock.advance(0);

      assert.equal(side[broken === "client" ? "origin" : "client"].over, true);
      await leavesNothing(side);
    }
  });

  it("gives what is on its way to a slow reader before it closes", async () => {
    const side = await tunnel({ client: { capacityBytes: 1_000 } });
    side.client.stream.pause();
    side.origin.send("x".repeat(50_000));
    await side.clock.advance(0);
    side.origin.stream.destroy(true);
    await side.clock.advance(0);
    side.client.stream.resume();
    await side.clock.advance(0);

    assert.ok(side.client.text.endsWith("x".repeat(50_000)));
    assert.equal(side.client.over, true);
    await leavesNothing(side);
  });

  it("closes when nothing has passed for too long", async () => {
    const side = await tunnel();
    await side.clock.advance(3_000_000);
    side.client.send("x");
    await side.clock.advance(3_000_000);
    assert.equal(side.client.over, false);
    await side.clock.advance(700_000);

    assert.equal(side.client.over, true);
    assert.equal(side.origin.over, true);
    await leavesNothing(side);
  });

  it("is not made of a request with content", async () => {
    const side = relayInMemory();
    side.client.send(ask.replace("GET", "POST").replace("\r\n\r\n", "\r\nContent-Length: 2\r\n\r\nok"));
    await side.clock.advance(0);
    assert.doesNotMatch(side.origin.text, /Upgrade/);
    side.origin.send(agree);
    await side.clock.advance(0);

    assert.match(side.client.text, /^HTTP\/1\.1 502 /);
  });
});

interface Early {
  readonly ahead?: string;
  readonly behind?: string;
}

async function tunnel(
  options: { readonly client?: MemoryStreamOptions; readonly origin?: MemoryStreamOptions } = {},
  { ahead = "", behind = "" }: Early = {},
) {
  const side = relayInMemory(options);
  side.client.send(ask + ahead);
  await side.clock.advance(0);
  assert.match(
    side.origin.take(),
    /^GET \/ HTTP\/1\.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n$/,
  );
  side.origin.send(agree + behind);
  await side.clock.advance(0);
  return side;
}

/** Once closed, and after one more sweep, no timer, limit or callback is left. */
async function leavesNothing(side: ReturnType<typeof relayInMemory>): Promise<void> {
  await side.clock.advance(200);
  assert.equal(side.closed, 1);
  assert.equal(side.sweeper.size, 0);
  assert.equal(side.clock.pending, 0);
}
