import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { defaultSettings } from "../config/defaults.js";
import { resolveServer } from "../config/server-spec.js";
import type { Change, ServerRecord } from "../ipc/messages.js";
import { Pool, type PoolChange } from "./pool.js";
import { createServer, type PooledServer } from "./server.js";

describe("Pool", () => {
  it("tells an edit as one change and one revision", () => {
    const { pool, told } = setup();
    pool.edit({ put: [server("a"), server("b")] });

    assert.equal(told.length, 1);
    assert.equal(told[0]!.revision, 1);
    assert.deepEqual(
      told[0]!.changes.map(({ type }) => type),
      ["put", "put"],
    );
  });

  it("keeps what health checks found when a server is edited", () => {
    const { pool } = setup();
    pool.edit({ put: [server("a")] });
    pool.mark("a:80", false);
    pool.edit({ put: [{ ...server("a"), weight: 5 }] });

    assert.equal(pool.servers.get("a:80")!.healthy, false);
  });

  it("says nothing of marks that change nothing, and of servers it does not have", () => {
    const { pool, told } = setup();
    pool.edit({ put: [server("a")] });
    pool.mark("a:80", true);
    pool.mark("b:80", false);
    pool.absolve("b:80");
    pool.retire("b:80");

    assert.equal(told.length, 1);
    assert.equal(pool.revision, 1);
  });

  it("counts edits apart from what health checks find", () => {
    const { pool } = setup();
    pool.edit({ put: [server("a")] });
    pool.mark("a:80", false);

    assert.equal(pool.generation, 1);
    assert.equal(pool.revision, 2);
  });

  it("leads a worker by snapshot and deltas to what a later snapshot says", () => {
    const step = fc.record({
      what: fc.constantFrom("put", "remove", "mark", "retire"),
      host: fc.constantFrom("a", "b", "c"),
      on: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step), fc.array(step), (before, after) => {
        const { pool, told } = setup();
        for (const one of before) take(pool, one);
        const records = new Map(pool.snapshot().servers.map((record) => [record.id, record]));
        told.length = 0;
        for (const one of after) take(pool, one);
        for (const { changes } of told) for (const change of changes) apply(records, change);

        assert.deepEqual([...records.values()], pool.snapshot().servers);
      }),
    );
  });
});

function setup() {
  const pool = new Pool(defaultSettings);
  const told: PoolChange[] = [];
  pool.subscribe((change) => told.push(change));
  return { pool, told };
}

function server(host: string): PooledServer {
  return createServer(resolveServer({ url: `http://${host}` }), "api");
}

function take(
  pool: Pool,
  step: { readonly what: string; readonly host: string; readonly on: boolean },
): void {
  const id = `${step.host}:80`;
  if (step.what === "put") pool.edit({ put: [server(step.host)] });
  else if (step.what === "remove") pool.edit({ remove: [id] });
  else if (step.what === "mark") pool.mark(id, step.on);
  else pool.retire(id);
}

function apply(records: Map<string, ServerRecord>, change: Change): void {
  if (change.type === "put") records.set(change.server.id, change.server);
  if (change.type === "remove") records.delete(change.id);
}
