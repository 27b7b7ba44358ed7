import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isMillraceError } from "../../base/errors.js";
import { createContext } from "../../service/context.js";
import { requestTo } from "../../wire/proof/client-side.js";
import { ok, setup } from "./memory-pool.test.fixture.js";

const isClosed = (error: unknown) => isMillraceError(error, "closed") && error.unsent;

describe("openConnectionPool, configured anew", () => {
  it("makes unused connections anew", async () => {
    const { pool, peers, options, answer } = setup();
    await answer(pool, 0);
    pool.configure(options);
    await answer(pool, 1);

    assert.equal(peers[0]!.over, true);
    assert.equal(peers.length, 2);
  });

  it("lets a call in progress finish, and then makes its connection anew too", async () => {
    const { pool, peers, options, start, answer } = setup();
    const [call] = await start(pool, 1);
    pool.configure({ ...options, idleMs: 60_000 });
    peers[0]!.send(ok);
    assert.equal((await call!).status, 200);
    await answer(pool, 1);

    assert.equal(peers[0]!.over, true);
  });

  it("lets those in who have waited for more connections", async () => {
    const { pool, peers, options, start, clock } = setup({ maxConnections: 1 });
    const calls = await start(pool, 3);
    pool.configure({ ...options, maxConnections: 3 });
    await clock.advance(0);
    assert.deepEqual([peers.length, pool.waiting], [3, 0]);
    for (const peer of peers) peer.send(ok);

    assert.deepEqual(
      (await Promise.all(calls)).map(({ status }) => status),
      [200, 200, 200],
    );
  });
});

describe("openConnectionPool, closed", () => {
  it("finishes what runs, turns away what waits, and leaves nothing", async () => {
    const { pool, peers, start, answer, clock } = setup({ maxConnections: 2 });
    const calls = await start(pool, 3);
    const turnedAway = assert.rejects(calls[2]!, isClosed);
    const closed = pool.close();
    await turnedAway;
    assert.equal(pool.close(), closed);
    await assert.rejects(answer(pool, 0), isClosed);
    await assert.rejects(pool.whenReady(), isClosed);
    assert.deepEqual([pool.open, pool.idle, pool.ready], [2, 0, false]);
    for (const peer of peers) peer.send(ok);
    await closed;
    await clock.advance(100);

    assert.equal((await calls[0]!).status, 200);
    assert.deepEqual([pool.open, clock.pending], [0, 0]);
    assert.deepEqual(
      peers.map(({ over }) => over),
      [true, true],
    );
  });

  it("lets a connection that is being made serve its call", async () => {
    const { pool, peers, clock } = setup();
    const call = pool.call(requestTo("/"), createContext());
    const closed = pool.close();
    await clock.advance(0);
    peers[0]!.send(ok);

    assert.equal((await call).status, 200);
    await closed;
  });

  it("is closed at once when it has no connections", async () => {
    const { pool, clock } = setup();
    await pool[Symbol.asyncDispose]();
    await clock.advance(100);

    assert.equal(clock.pending, 0);
  });

  it("drops everything when it is destroyed, connections that are being made included", async () => {
    const { pool, peers, start, clock } = setup();
    const calls = await start(pool, 1);
    calls.push(pool.call(requestTo("/late"), createContext()));
    const failed = Promise.all([
      assert.rejects(calls[0]!, (error) => isMillraceError(error, "connection-lost")),
      assert.rejects(calls[1]!, isClosed),
    ]);
    const closed = pool.close();
    pool.destroy();
    await failed;
    await closed;
    await clock.advance(100);

    assert.deepEqual([pool.open, clock.pending], [0, 0]);
    assert.deepEqual(
      peers.map(({ over }) => over),
      [true],
    );
  });
});
