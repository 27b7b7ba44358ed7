import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { Scope, systemClock, systemRandom } from "millrace/base";
import { bindHandle, boundAddress } from "millrace/handoff";
import { defaultSettings } from "../config/defaults.js";
import { resolveServer } from "../config/server-spec.js";
import { createSilentLog } from "../logging.js";
import { Pool } from "../pool/pool.js";
import { createServer } from "../pool/server.js";
import { WorkerFleet } from "./fleet.js";

const entry = fileURLToPath(new URL("./fake-worker.test.fixture.js", import.meta.url));

describe("WorkerFleet", () => {
  it("shares one address among all workers", async () => {
    await using parts = await setup(2);
    const pids = new Set<number>();
    while (pids.size < 2) pids.add((await parts.get("/")).pid);

    assert.deepEqual(new Set(parts.fleet.status.map(({ pid }) => pid)), pids);
    assert.equal(parts.fleet.accepting, true);
  });

  it("gives a worker the pool as it is, then every change", async () => {
    await using parts = await setup(1, ["a"]);
    parts.pool.edit({ put: [server("b")] });
    const { applied, missing } = await parts.fleet.whenApplied(parts.pool.revision, 5_000);

    assert.equal(applied, 1);
    assert.deepEqual(missing, []);
    assert.deepEqual(await parts.hosts(), ["a:80", "b:80"]);
  });

  it("replaces a worker that dies, and the next one knows what has changed meanwhile", async () => {
    await using parts = await setup(1);
    const [before] = parts.fleet.status;
    await assert.rejects(parts.get("/crash"));
    parts.pool.edit({ put: [server("late")] });

    const after = await parts.get("/");
    assert.notEqual(after.pid, before!.pid);
    assert.deepEqual(
      after.servers.map(({ id }) => id),
      ["late:80"],
    );
    assert.equal(parts.fleet.status[0]!.restarts, 1);
  });

  it("names the workers that have not applied a change in time", async () => {
    await using parts = await setup(1);
    await parts.get("/deaf");
    parts.pool.edit({ put: [server("a")] });
    const state = await parts.fleet.whenApplied(parts.pool.revision, 20);

    assert.deepEqual(state, { applied: 0, workers: 1, missing: [parts.fleet.status[0]!.pid] });
  });

  it("does not wait for a worker that is being replaced", async () => {
    await using parts = await setup(1);
    await assert.rejects(parts.get("/crash"));
    parts.pool.edit({ put: [server("a")] });

    assert.deepEqual((await parts.fleet.whenApplied(parts.pool.revision, 5_000)).missing, []);
  });

  it("passes on which server a worker has ejected", async () => {
    await using parts = await setup(1);
    const ejected = new Promise((resolve) => parts.fleet.onEjected(resolve));
    await parts.get("/eject?id=a:80");

    assert.equal(await ejected, "a:80");
  });

  it("gathers the reports of those that answer", async () => {
    await using parts = await setup(1);
    await parts.get("/");

    assert.deepEqual(
      (await parts.fleet.reports()).map(({ requests }) => requests.total),
      [1],
    );
  });

  it("ends every worker when it drains, and starts no other", async () => {
    await using parts = await setup(2);
    await parts.fleet.drain(5_000);

    assert.deepEqual(
      parts.fleet.status.map(({ state }) => state),
      ["gone", "gone"],
    );
    assert.equal(parts.fleet.accepting, false);
  });

  it("kills a worker that does not finish in time", async () => {
    await using parts = await setup(1);
    await parts.get("/deaf");
    await parts.fleet.drain(0);

    assert.equal(parts.fleet.status[0]!.state, "gone");
  });

  it("says so when workers cannot start", async () => {
    const starting = setup(1, [], fileURLToPath(new URL("./missing.js", import.meta.url)));

    await assert.rejects(starting, /ended with status 1 before it was ready/);
  });
});

interface FakeAnswer {
  readonly pid: number;
  readonly servers: readonly { readonly id: string }[];
}

async function setup(count: number, hosts: readonly string[] = [], file = entry) {
  const scope = new Scope();
  const asked = { kind: "tcp", host: "127.0.0.1", port: 0 } as const;
  const handle = await bindHandle(asked);
  scope.defer(() => handle.close());
  const { port } = boundAddress(handle, asked) as { readonly port: number };
  const pool = new Pool(defaultSettings);
  pool.edit({ put: hosts.map(server) });
  const parts = {
    count,
    listeners: [{ record: { address: `127.0.0.1:${port}` }, handle }],
    pool,
    clock: systemClock,
    random: systemRandom,
    log: createSilentLog(),
  };
  const fleet = new WorkerFleet({ entry: file, ...parts });
  scope.defer(() => fleet.drain(0));
  try {
    await fleet.open();
  } catch (error) {
    await scope[Symbol.asyncDispose]();
    throw error;
  }

  const get = async (path: string): Promise<FakeAnswer> => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`);
    return (await response.json()) as FakeAnswer;
  };
  const known = async () => (await get("/")).servers.map(({ id }) => id);
  return { fleet, pool, get, hosts: known, [Symbol.asyncDispose]: () => scope[Symbol.asyncDispose]() };
}

function server(host: string) {
  return createServer(resolveServer({ url: `http://${host}` }), "api");
}
