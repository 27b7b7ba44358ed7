import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { VirtualClock } from "millrace/testing";
import { daemonConfig } from "../config/daemon-config.js";
import { createLiveConfig } from "../config/live-config.js";
import { resolveServer } from "../config/server-spec.js";
import { loadPool } from "./open-pool.js";
import { PoolRefusal } from "./refusal.js";
import { createServer } from "./server.js";
import { createMemoryStore, type StoredPool } from "./store.js";

const a = resolveServer({ url: "http://a" });

describe("PoolEditor.add", () => {
  it("puts a server into the pool and into the store", async () => {
    const { editor, pool, store } = await setup();
    const { created } = await editor.add(a);

    assert.equal(created, true);
    assert.deepEqual([...pool.servers.keys()], ["a:80"]);
    assert.equal((await store.load())?.servers[0]?.url, "http://a:80");
  });

  it("leaves a server that is there already, and the revision with it", async () => {
    const { editor, pool } = await setup();
    await editor.add(a);
    const { revision } = pool;
    const { created } = await editor.add(a);

    assert.equal(created, false);
    assert.equal(pool.revision, revision);
  });

  it("refuses a server that is there with another weight", async () => {
    const { editor } = await setup();
    await editor.add(a);

    await assert.rejects(editor.add({ ...a, weight: 2 }), refusal("conflict"));
  });

  it("takes back a server that was on its way out", async () => {
    const { editor, pool } = await setup();
    await editor.add(a);
    await editor.remove("a:80", 1_000);
    await editor.add(a);

    assert.deepEqual(pool.servers.get("a:80")?.duty, { state: "serving" });
  });

  it("changes nothing when the store fails", async () => {
    const { editor, pool, store } = await setup();
    store.save = () => Promise.reject(new Error("disk full"));

    await assert.rejects(editor.add(a), /disk full/);
    assert.equal(pool.servers.size, 0);
  });

  it("makes edits one after the other, also after one that failed", async () => {
    const { editor, pool } = await setup();
    const removed = assert.rejects(editor.remove("a:80", 0), refusal("unknown-server"));
    const added = editor.add(a);
    const updated = editor.update("a:80", { weight: 3 });
    await Promise.all([removed, added, updated]);

    assert.equal(pool.servers.get("a:80")?.weight, 3);
  });
});

describe("PoolEditor.update", () => {
  it("drains a server that stays, and puts it back to work", async () => {
    const { editor, pool } = await setup();
    await editor.add(a);
    await editor.update("a:80", { draining: true });
    assert.equal(pool.snapshot().servers[0]!.draining, true);
    await editor.update("a:80", { draining: false });

    assert.equal(pool.snapshot().servers[0]!.draining, false);
  });
});

describe("PoolEditor.remove", () => {
  it("drops a server at once without a drain", async () => {
    const { editor, pool } = await setup();
    await editor.add(a);
    await editor.remove("a:80", 0);

    assert.equal(pool.servers.size, 0);
  });

  it("keeps a server for its drain, but no longer in the store", async () => {
    const { editor, pool, store } = await setup();
    await editor.add(a);
    await editor.remove("a:80", 1_000);

    assert.deepEqual(pool.servers.get("a:80")?.duty, { state: "removing", deadlineAt: 1_000 });
    assert.deepEqual((await store.load())?.servers, []);
  });
});

describe("PoolEditor.configure", () => {
  it("keeps what was patched, and only that", async () => {
    const { editor, store } = await setup();
    await editor.configure({ drain: "5s" });

    assert.equal(editor.config.settings.drainMs, 5_000);
    assert.deepEqual((await store.load())?.config, { drain: "5s" });
  });
});

describe("PoolEditor.reload", () => {
  it("follows the file for the file's servers, and leaves those of the API", async () => {
    const { editor, pool } = await setup({ servers: [{ url: "http://b" }, { url: "http://c" }] });
    await editor.add(a);
    await editor.reload(
      daemonConfig({ servers: [{ url: "http://c", weight: 7 }, { url: "http://d" }] }),
      1_000,
    );

    const states = [...pool.servers.values()].map(
      ({ host, weight, duty }) => `${host} ${weight} ${duty.state}`,
    );
    assert.deepEqual(states, ["b 1 removing", "c 7 serving", "a 1 serving", "d 1 serving"]);
  });

  it("keeps patched settings over those of the file", async () => {
    const { editor } = await setup({ drain: "1s" });
    await editor.configure({ timeouts: { connect: "9s" } });
    await editor.reload(daemonConfig({ drain: "2s" }), 0);

    assert.equal(editor.config.settings.drainMs, 2_000);
    assert.equal(editor.config.settings.timeouts.connectMs, 9_000);
  });
});

describe("PoolEditor.pause", () => {
  it("refuses edits, those too that are not safe yet, and keeps nothing from then on", async () => {
    const { editor, pool, store } = await setup();
    const begun = editor.add(a);
    const refused = assert.rejects(begun, refusal("handed-over"));
    editor.pause();
    await refused;
    await assert.rejects(editor.configure({ drain: "1s" }), refusal("handed-over"));

    assert.equal(pool.servers.size, 0);
    assert.deepEqual((await store.load())?.servers, []);
  });

  it("ends by taking up what another process has kept meanwhile", async () => {
    const { editor, pool, store } = await setup({ servers: [{ url: "http://c" }] });
    await editor.add(a);
    editor.pause();
    await store.save({
      version: 1,
      servers: [{ url: "http://b", draining: true }, { url: "http://c" }],
      config: { drain: "7s" },
    });
    await editor.resume();
    await editor.add(daemonConfig({ servers: [{ url: "http://d" }] }).servers[0]!);

    assert.deepEqual(
      [...pool.servers.values()].map(({ host, duty, source }) => `${host} ${duty.state} ${source}`),
      ["c serving config", "a removing api", "b draining api", "d serving api"],
    );
    assert.equal(editor.config.settings.drainMs, 7_000);
  });
});

describe("PoolEditor.adopt", () => {
  it("makes the pool another's with its counters, tells workers, and keeps it", async () => {
    const { editor, pool, store } = await setup({ servers: [{ url: "http://c" }] });
    const changes: string[] = [];
    pool.subscribe(({ changes: all }) => changes.push(...all.map(({ type }) => type)));
    const server = { ...createServer(a, "api"), healthy: false };
    await editor.adopt(
      { servers: new Map([[server.id, server]]), config: createLiveConfig({}, { drain: "3s" }) },
      { revision: 40, generation: 20 },
    );

    assert.deepEqual(changes, ["remove", "put", "settings"]);
    assert.deepEqual([pool.revision, pool.generation], [41, 20]);
    assert.equal(pool.servers.get("a:80")?.healthy, false);
    assert.deepEqual((await store.load())?.config, { drain: "3s" });
  });
});

describe("loadPool", () => {
  it("puts kept servers and those of the configuration together, the configuration first", async () => {
    const kept: StoredPool = {
      version: 1,
      servers: [
        { url: "http://a", draining: true },
        { url: "http://b", weight: 9 },
      ],
      config: { drain: "3s" },
    };
    const { editor, pool } = await setup({ servers: [{ url: "http://b" }] }, kept);

    assert.equal(pool.servers.get("a:80")?.duty.state, "draining");
    assert.equal(pool.servers.get("b:80")?.weight, 1);
    assert.equal(editor.config.settings.drainMs, 3_000);
  });
});

describe("a condition", () => {
  it("refuses an edit that was thought of before another one", async () => {
    const { editor, pool } = await setup();
    const { generation } = pool;
    await editor.add(a, { generation });

    await assert.rejects(editor.remove("a:80", 0, { generation }), refusal("stale"));
  });
});

async function setup(document = {}, kept?: StoredPool) {
  const store = createMemoryStore(kept);
  return { store, ...(await loadPool(daemonConfig(document), store, new VirtualClock())) };
}

function refusal(reason: string) {
  return (error: unknown) => error instanceof PoolRefusal && error.reason === reason;
}
