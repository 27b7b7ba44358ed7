import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import type { DaemonDocument } from "./config/daemon.js";
import { daemonConfig } from "./config/daemon-config.js";
import { openProxy } from "./proxy.js";

const entry = fileURLToPath(new URL("./workers/fake-worker.test.fixture.js", import.meta.url));
const quiet = { probe: async () => ({ passed: true, status: 200, reason: "status 200" }), entry };
const url = "http://127.0.0.1:12345";

describe("openProxy", () => {
  it("runs workers and the admin API, and closes both", async () => {
    const proxy = await open({ workers: 2 });
    const admin = `http://127.0.0.1:${proxy.admin!.port}`;
    const traffic = `http://127.0.0.1:${proxy.addresses[0]!.port}`;
    assert.equal((await fetch(traffic)).status, 200);
    assert.equal((await fetch(`${admin}/readyz`)).status, 200);
    await proxy.close();

    await assert.rejects(fetch(traffic));
    await assert.rejects(fetch(admin));
  });

  it("answers a write once every worker has applied it", async () => {
    await using proxy = await open({ workers: 2 });
    const admin = `http://127.0.0.1:${proxy.admin!.port}`;
    const added = await json(`${admin}/servers?wait=applied`, {
      method: "POST",
      body: JSON.stringify({ url }),
    });
    assert.deepEqual(added["applied"], { applied: 2, workers: 2, missing: [] });
    const known = await json(`http://127.0.0.1:${proxy.addresses[0]!.port}/`);

    assert.equal(known["revision"], added["revision"]);
  });

  it("removes a drained server once it is idle in every worker", async () => {
    await using proxy = await open({ workers: 1, servers: [{ url }] });
    const admin = `http://127.0.0.1:${proxy.admin!.port}`;
    await json(`http://127.0.0.1:${proxy.addresses[0]!.port}/busy?id=127.0.0.1:12345&count=1`);
    await json(`${admin}/servers/127.0.0.1/12345`, { method: "DELETE" });
    assert.equal(await serverCount(admin), 1);
    await json(`http://127.0.0.1:${proxy.addresses[0]!.port}/busy?id=127.0.0.1:12345&count=0`);

    while ((await serverCount(admin)) > 0);
  });

  it("keeps its pool across restarts when it has a state file", async () => {
    const folder = await mkdtemp(join(tmpdir(), "millrace-state-"));
    const state = join(folder, "pool.json");
    const first = await open({ state });
    await json(`http://127.0.0.1:${first.admin!.port}/servers`, {
      method: "POST",
      body: JSON.stringify({ url }),
    });
    await first.close();
    assert.match(await readFile(state, "utf8"), /127\.0\.0\.1:12345/);
    await using second = await open({ state });

    assert.equal(await serverCount(`http://127.0.0.1:${second.admin!.port}`), 1);
    await rm(folder, { recursive: true });
  });

  it("follows a configuration that is read again", async () => {
    await using proxy = await open({ servers: [{ url }] });
    await proxy.reload(daemonConfig({ servers: [{ url }, { url: "http://127.0.0.1:2" }], drain: "3s" }));
    const admin = `http://127.0.0.1:${proxy.admin!.port}`;

    assert.equal(await serverCount(admin), 2);
    assert.equal((await json(`${admin}/config`))["drain"], "3s");
  });

  it("leaves nothing behind when the admin address is taken", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address() as AddressInfo;
    const opening = open({ admin: `127.0.0.1:${port}` });

    await assert.rejects(
      opening,
      new RegExp(`cannot listen on 127\\.0\\.0\\.1:${port}: a program .* listens there; stop it`),
    );
    other.close();
  });

  it("can run without an admin API", async () => {
    await using proxy = await open({ admin: false });

    assert.equal(proxy.admin, undefined);
  });
});

function open(document: DaemonDocument) {
  const small = { listen: "127.0.0.1:0", admin: "127.0.0.1:0", workers: 1 };
  return openProxy(daemonConfig({ ...small, ...document }), quiet);
}

async function json(target: string, init: RequestInit = {}): Promise<Record<string, unknown>> {
  return (await (await fetch(target, init)).json()) as Record<string, unknown>;
}

async function serverCount(admin: string): Promise<number> {
  return ((await json(`${admin}/servers`))["servers"] as unknown[]).length;
}
