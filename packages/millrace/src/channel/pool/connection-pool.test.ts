import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isMillraceError, MillraceError } from "../../base/errors.js";
import { createContext } from "../../service/context.js";
import { readAll } from "../../wire/index.js";
import { requestTo } from "../../wire/proof/client-side.js";
import type { RawPeer } from "../../wire/proof/raw-peer.js";
import { ok, setup } from "./memory-pool.test.fixture.js";

const refused = new MillraceError("refused", { code: "connect-failed", unsent: true });

describe("openConnectionPool", () => {
  it("connects for the first call, and uses that connection again", async () => {
    const { pool, peers, answer } = setup();
    assert.deepEqual([pool.open, pool.idle], [0, 0]);
    await answer(pool, 0);
    await answer(pool, 0);

    assert.equal(peers.length, 1);
    assert.deepEqual([pool.open, pool.idle], [1, 1]);
  });

  it("opens a connection for each call at a time, and uses the last one used first", async () => {
    const { pool, peers, start, answer } = setup();
    const calls = await start(pool, 3);
    for (const at of [2, 0, 1]) {
      peers[at]!.send(ok);
      await calls[at];
    }
    assert.deepEqual([pool.open, pool.idle], [3, 3]);
    peers[1]!.take();
    await answer(pool, 1);

    assert.match(peers[1]!.text, /^GET \//);
  });

  it("is not free again before the response has been read", async () => {
    const { pool, peers, start } = setup();
    const [call] = await start(pool, 1);
    peers[0]!.send(ok.slice(0, -1));
    const { body } = await call!;
    assert.deepEqual([pool.open, pool.idle], [1, 0]);
    peers[0]!.send("k");

    assert.equal(Buffer.from(await readAll(body)).toString(), "ok");
    assert.deepEqual([pool.open, pool.idle], [1, 1]);
  });

  it("closes connections that were unused for too long, and those alone", async () => {
    const { pool, peers, clock, start, answer } = setup({ idleMs: 1_000 });
    const calls = await start(pool, 2);
    for (const [at, call] of calls.entries()) {
      peers[at]!.send(ok);
      await call;
    }
    await clock.advance(600);
    await answer(pool, 1);
    await clock.advance(600);

    assert.equal(peers[0]!.over, true);
    assert.equal(peers[1]!.over, false);
    await clock.advance(500);
    assert.deepEqual([pool.open, pool.idle], [0, 0]);
  });

  for (const [hint, keptMs] of [
    ["timeout=3", 2_000],
    ["timeout=1", 500],
    ["timeout=600", 4_000],
    ["max=5", 4_000],
  ] as const) {
    it(`keeps a connection for ${keptMs} ms when the server says ${hint}`, async () => {
      const { pool, peers, clock, start } = setup();
      const [call] = await start(pool, 1);
      peers[0]!.send(`HTTP/1.1 200 OK\r\nKeep-Alive: ${hint}\r\nContent-Length: 0\r\n\r\n`);
      await call;
      await clock.advance(keptMs - 1);
      assert.equal(pool.open, 1);
      await clock.advance(101);

      assert.equal(pool.open, 0);
    });
  }

  it("closes an idle connection that says something unasked, so that nobody takes it for an answer", async () => {
    const { pool, peers, clock, answer } = setup();
    await answer(pool, 0);
    peers[0]!.send(ok);
    await clock.advance(0);
    assert.deepEqual([pool.open, pool.idle], [0, 0]);
    await answer(pool, 1);

    assert.equal(peers.length, 2);
  });

  it("closes a connection whose answer is followed by another", async () => {
    const { pool, peers, start } = setup();
    const [call] = await start(pool, 1);
    peers[0]!.send(ok + ok);
    const { status } = await call!;

    assert.equal(status, 200);
    assert.equal(pool.idle, 0);
  });

  for (const [how, go] of [
    ["ends", (peer: RawPeer) => peer.stream.end()],
    ["is reset", (peer: RawPeer) => peer.stream.destroy(true)],
  ] as const) {
    it(`forgets a connection that ${how} between calls`, async () => {
      const { pool, peers, clock, answer } = setup();
      await answer(pool, 0);
      go(peers[0]!);
      await clock.advance(0);
      assert.deepEqual([pool.open, pool.idle], [0, 0]);
      await answer(pool, 1);

      assert.equal(peers.length, 2);
    });
  }

  it("says that a call broke when its connection does", async () => {
    const { pool, peers, start } = setup();
    const [call] = await start(pool, 1);
    peers[0]!.stream.destroy(true);

    await assert.rejects(call!, (error) => isMillraceError(error, "connection-lost") && !error.unsent);
    assert.equal(pool.open, 0);
  });

  it("passes on why a connection could not be made, and tries anew for the next call", async () => {
    const { pool, peers, answer, connector } = setup();
    connector.failures.push(refused);
    await assert.rejects(pool.call(requestTo("/"), createContext()), /refused/);
    assert.equal(pool.open, 0);
    await answer(pool, 0);

    assert.equal(peers.length, 1);
  });

  it("gives a connection up that its caller does not wait for", async () => {
    const { pool, clock } = setup();
    const context = createContext();
    const call = pool.call(requestTo("/"), context);
    context.abort(new Error("changed my mind"));
    await assert.rejects(call, /changed my mind/);
    await clock.advance(0);

    assert.equal(pool.open, 0);
  });

  it("keeps a connection in reach after a call that could not be sent", async () => {
    const { pool, peers, answer } = setup({ maxConnections: 1 });
    await assert.rejects(pool.call(requestTo("/a b"), createContext()), /request\.target/);
    assert.deepEqual([pool.open, pool.idle], [1, 1]);
    await assert.rejects(pool.call(requestTo("/a b"), createContext()), /request\.target/);
    assert.deepEqual([pool.open, pool.idle], [1, 1]);
    await answer(pool, 0);

    assert.equal(peers.length, 1);
  });

  it("lets go of a connection that has become another protocol's", async () => {
    const { pool, peers, start } = setup();
    const [call] = await start(pool, 1, { upgrade: "websocket" });
    peers[0]!.send("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n");
    const { stream } = await call!;

    assert.equal(pool.open, 0);
    pool.destroy();
    assert.equal(stream!.destroyed, false);
  });

  it("rejects options out of their range", () => {
    for (const options of [{ maxConnections: 0 }, { idleMs: 0 }, { timeouts: { headMs: -1 } }]) {
      assert.throws(
        () => setup(options),
        (error) => isMillraceError(error, "invalid-options"),
      );
    }
  });
});

describe("openConnectionPool with a most of connections", () => {
  it("lets calls wait, first come first served", async () => {
    const { pool, peers, start, clock } = setup({ maxConnections: 1 });
    const calls = await start(pool, 3);
    assert.deepEqual([pool.open, pool.waiting, pool.ready], [1, 2, false]);

    for (const [at, call] of calls.entries()) {
      assert.match(peers[0]!.take(), new RegExp(`^GET /${at} `));
      peers[0]!.send(ok);
      await call;
      await clock.advance(0);
    }
    assert.equal(peers.length, 1);
    assert.equal(pool.waiting, 0);
  });

  it("forgets those who gave up waiting", async () => {
    const { pool, peers, start, clock } = setup({ maxConnections: 1 });
    const [first] = await start(pool, 1);
    const context = createContext();
    const second = pool.call(requestTo("/second"), context);
    const third = pool.call(requestTo("/third"), createContext());
    context.abort(new Error("changed my mind"));
    await assert.rejects(second, /changed my mind/);
    assert.equal(pool.waiting, 1);

    peers[0]!.take();
    peers[0]!.send(ok);
    await first;
    await clock.advance(0);
    assert.match(peers[0]!.take(), /^GET \/third /);
    peers[0]!.send(ok);
    await third;
  });

  it("loses no connection to one who gives up just when it is free", async () => {
    const { pool, peers, start, clock } = setup({ maxConnections: 1 });
    const [first] = await start(pool, 1);
    const context = createContext();
    const { signal } = context;
    // It hears that it may go, and its caller leaves before it does.
    signal.removeEventListener = () => context.abort(new Error("changed my mind"));
    const second = assert.rejects(pool.call(requestTo("/second"), context), /changed my mind/);
    const third = pool.call(requestTo("/third"), createContext());
    peers[0]!.send(ok);
    await first;
    await second;
    await clock.advance(0);
    peers[0]!.send(ok);

    assert.equal((await third).status, 200);
    assert.deepEqual([pool.open, pool.waiting], [1, 0]);
  });

  it("lets the next try when a connection could not be made", async () => {
    const { pool, peers, connector, clock } = setup({ maxConnections: 1 });
    connector.failures.push(refused);
    const first = pool.call(requestTo("/"), createContext());
    const second = pool.call(requestTo("/"), createContext());
    await assert.rejects(first, /refused/);
    await clock.advance(0);
    peers[0]!.send(ok);

    assert.equal((await second).status, 200);
  });

  it("is ready when one is free, and tells all who wait for that", async () => {
    const { pool, peers, start } = setup({ maxConnections: 1 });
    assert.equal(pool.ready, true);
    const [call] = await start(pool, 1);
    const told = Promise.all([pool.whenReady(), pool.whenReady()]);
    assert.equal(pool.ready, false);
    peers[0]!.send(ok);
    await call;
    await told;

    assert.equal(pool.ready, true);
  });
});
