import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isMillraceError, MillraceError } from "../../base/errors.js";
import { Sweeper } from "../../base/sweeper.js";
import { createContext } from "../../service/context.js";
import { VirtualClock } from "../../testing/virtual-clock.js";
import { requestTo } from "../../wire/proof/client-side.js";
import { answerOf, MemoryServer } from "../member/http-member.test.fixture.js";
import { type Address, tcpAddress } from "../resolve/address.js";
import type { ResolutionListener } from "../resolve/resolver.js";
import { openServerPool } from "./server-pool.js";

describe("openServerPool", () => {
  it("lets calls wait for the first addresses", async () => {
    const { pool, resolve, call, server } = setup();
    const answer = call();
    assert.deepEqual([pool.ready, pool.waiting], [false, 1]);
    await resolve("10.0.0.1");
    server("10.0.0.1").last.send(answerOf(200));

    assert.equal((await answer).status, 200);
    assert.deepEqual([pool.ready, pool.open, pool.idle], [true, 1, 1]);
  });

  it("connects only when a call needs it", async () => {
    const { resolve, server, clock } = setup();
    await resolve("10.0.0.1");
    await clock.advance(60_000);

    assert.equal(server("10.0.0.1").peers.length, 0);
  });

  it("fails calls when its name cannot be resolved, until it can", async () => {
    const { pool, resolve, call, server, listener } = setup();
    const waiting = [call(), call()];
    listener().failed(new Error("ENOTFOUND"));
    const errors = new Set<unknown>();
    const refused = (error: unknown) => {
      errors.add(error);
      return (
        isMillraceError(error, "connect-failed") && error.unsent && /backend: ENOTFOUND/.test(error.message)
      );
    };
    for (const failed of [...waiting, call(), call()]) await assert.rejects(failed, refused);
    assert.equal(errors.size, 4, "each call has an error of its own");
    await resolve("10.0.0.1");
    const answer = call();
    await resolve("10.0.0.1");
    server("10.0.0.1").last.send(answerOf(200));

    assert.equal((await answer).status, 200);
    assert.equal(pool.ready, true);
  });

  it("goes to the next address when it cannot connect to one", async () => {
    const { resolve, call, server, state } = setup();
    server("10.0.0.1").refusal = new MillraceError("refused", { code: "connect-failed", unsent: true });
    await resolve("10.0.0.1", "10.0.0.2");
    for (let calls = 0; calls < 10; calls += 1) {
      const answer = call();
      await resolve("10.0.0.1", "10.0.0.2");
      server("10.0.0.2").last.send(answerOf(200));
      assert.equal((await answer).status, 200);
    }

    assert.ok(state.refreshed > 0);
  });

  it("follows its name: old connections finish their calls and go", async () => {
    const { pool, resolve, call, server, clock } = setup();
    await resolve("10.0.0.1");
    const old = call();
    await clock.advance(0);
    await resolve("10.0.0.2");
    const fresh = call();
    await clock.advance(0);
    assert.deepEqual([pool.open, server("10.0.0.2").peers.length], [2, 1]);
    server("10.0.0.1").last.send(answerOf(200));
    server("10.0.0.2").last.send(answerOf(201));
    assert.deepEqual([(await old).status, (await fresh).status], [200, 201]);
    await clock.advance(0);

    assert.deepEqual([pool.open, server("10.0.0.1").last.over], [1, true]);
  });

  it("takes changed options over for all addresses", async () => {
    const { pool, resolve, call, options, clock } = setup();
    await resolve("10.0.0.1");
    pool.configure({ ...options, maxConnections: 1 });
    const calls = [call(), call()];
    await clock.advance(0);

    assert.deepEqual([pool.open, pool.waiting], [1, 1]);
    for (const one of calls) one.catch(() => {});
    pool.destroy();
  });

  it("refuses calls when it is closed, and leaves nothing behind", async () => {
    const { pool, resolve, call, sweeper, clock, state } = setup();
    await resolve("10.0.0.1", "10.0.0.2");
    await pool.close();
    sweeper[Symbol.dispose]();

    await assert.rejects(call(), (error) => isMillraceError(error, "closed"));
    assert.deepEqual([clock.pending, state.watched], [0, false]);
  });
});

/** A pool whose name and servers are in the test's hands. */
function setup() {
  const clock = new VirtualClock();
  const sweeper = new Sweeper({ clock });
  const servers = new Map<string, MemoryServer>();
  const server = (host: string) => {
    const known = servers.get(host) ?? new MemoryServer();
    servers.set(host, known);
    return known;
  };
  let listening: ResolutionListener | undefined;
  const state = { refreshed: 0, watched: true };
  const resolver = {
    target: "backend",
    watch(given: ResolutionListener) {
      listening = given;
      return {
        refresh: () => void (state.refreshed += 1),
        [Symbol.dispose]: () => void (state.watched = false),
      };
    },
  };
  const dial = (address: Address) => server(address.kind === "tcp" ? address.host : address.path);
  const options = { dial, clock, sweeper };
  const pool = openServerPool(resolver, options);
  const listener = () => listening!;
  /** The name stands for these hosts, and all that can happen has. */
  const resolve = async (...hosts: string[]) => {
    listening!.resolved(hosts.map((host) => tcpAddress(host, 80)));
    await clock.advance(0);
  };
  const call = () => pool.call(requestTo("/"), createContext());
  return { clock, sweeper, pool, server, state, options, listener, resolve, call };
}
