import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { createFileStore } from "./file-store.js";
import type { StoredPool } from "./store.js";

describe("createFileStore", () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "millrace-store-"));
  });
  after(() => rm(folder, { recursive: true }));

  it("has nothing before the first save", async () => {
    assert.equal(await createFileStore(join(folder, "none.json")).load(), undefined);
  });

  it("reads back what it saved, and leaves no other file behind", async () => {
    const inner = await mkdtemp(join(folder, "one-"));
    const pool: StoredPool = {
      version: 1,
      servers: [{ url: "http://a", draining: false }],
      config: { drain: "1s" },
    };
    await createFileStore(join(inner, "pool.json")).save(pool);

    assert.deepEqual(await createFileStore(join(inner, "pool.json")).load(), pool);
    assert.deepEqual(await readdir(inner), ["pool.json"]);
  });

  it("refuses a file that is no pool, and leaves it as it is", async () => {
    const file = join(folder, "bad.json");
    for (const text of ["", "{", '{"version":2}', '{"version":1,"servers":[{"url":"x"}],"config":{}}']) {
      await writeFile(file, text);
      await assert.rejects(createFileStore(file).load(), /bad\.json cannot be read.*left as it is/s, text);
      assert.equal(await readFile(file, "utf8"), text);
    }
  });

  it("keeps nothing once it is told to stop, whatever was begun", async () => {
    const inner = await mkdtemp(join(folder, "two-"));
    const store = createFileStore(join(inner, "pool.json"));
    await store.save({ version: 1, servers: [], config: {} });
    const stop = new AbortController();
    const saving = store.save({ version: 1, servers: [], config: { drain: "1s" } }, stop.signal);
    stop.abort(new Error("another process has it"));
    await assert.rejects(saving, /another process has it/);

    assert.deepEqual((await store.load())?.config, {});
    assert.deepEqual(await readdir(inner), ["pool.json"]);
  });

  it("is tried out without a trace", async () => {
    const inner = await mkdtemp(join(folder, "three-"));
    await createFileStore(join(inner, "pool.json")).probe();
    assert.deepEqual(await readdir(inner), []);

    await assert.rejects(createFileStore(join(inner, "missing", "pool.json")).probe(), /could not be kept/);
  });

  it("says when it cannot write", async () => {
    const store = createFileStore(join(folder, "missing", "pool.json"));

    await assert.rejects(
      store.save({ version: 1, servers: [], config: {} }),
      /could not be kept in .*ENOENT/,
    );
  });
});
