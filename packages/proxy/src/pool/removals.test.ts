import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { VirtualClock } from "millrace/testing";
import { daemonConfig } from "../config/daemon-config.js";
import { loadPool } from "./open-pool.js";
import { openRemovals } from "./removals.js";
import { createMemoryStore } from "./store.js";

const id = "a:80";

describe("openRemovals", () => {
  it("retires a server once nothing runs on it", async () => {
    await using parts = await setup({ busy: 2 });
    await parts.editor.remove(id, 60_000);
    await parts.clock.advance(10_000);
    assert.ok(parts.pool.servers.has(id));
    parts.load.busy = 0;
    await parts.clock.advance(250);

    assert.equal(parts.pool.servers.has(id), false);
  });

  it("retires a busy server when its time is up", async () => {
    await using parts = await setup({ busy: 2 });
    await parts.editor.remove(id, 1_100);
    await parts.clock.advance(1_099);
    assert.ok(parts.pool.servers.has(id));
    await parts.clock.advance(1);

    assert.equal(parts.pool.servers.has(id), false);
  });

  it("waits for the deadline while no worker can say what runs", async () => {
    await using parts = await setup({ busy: undefined });
    await parts.editor.remove(id, 1_000);
    await parts.clock.advance(999);

    assert.ok(parts.pool.servers.has(id));
  });

  it("lets a server stay that was added again", async () => {
    await using parts = await setup({ busy: 1 });
    await parts.editor.remove(id, 1_000);
    await parts.editor.add(parts.config.servers[0]!);
    await parts.clock.advance(5_000);

    assert.ok(parts.pool.servers.has(id));
    assert.equal(parts.clock.pending, 0);
  });

  it("leaves no timer behind", async () => {
    const parts = await setup({ busy: 1 });
    await parts.editor.remove(id, 1_000);
    await parts[Symbol.asyncDispose]();

    assert.equal(parts.clock.pending, 0);
  });
});

async function setup(load: { busy: number | undefined }) {
  const clock = new VirtualClock();
  const config = daemonConfig({ servers: [{ url: "http://a" }] });
  const { pool, editor } = await loadPool(config, createMemoryStore(), clock);
  const inFlight = async () => {
    if (load.busy === undefined) throw new Error("no answer");
    return new Map([[id, load.busy]]);
  };
  const removals = openRemovals({ pool, clock, inFlight });
  return { clock, config, pool, editor, load, [Symbol.asyncDispose]: () => removals[Symbol.asyncDispose]() };
}
