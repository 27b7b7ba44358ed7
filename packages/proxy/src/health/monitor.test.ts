import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { VirtualClock } from "millrace/testing";
import { daemonConfig } from "../config/daemon-config.js";
import type { Change } from "../ipc/messages.js";
import { loadPool } from "../pool/open-pool.js";
import { createMemoryStore } from "../pool/store.js";
import { HealthMonitor } from "./monitor.js";
import type { HealthProbe } from "./probe.js";

const id = "a:80";
const url = "http://a";

describe("HealthMonitor", () => {
  it("takes a new server to be well, and checks it at once", async () => {
    await using parts = await setup({ servers: [{ url }] });
    await parts.clock.advance(0);

    assert.deepEqual(parts.asked, [{ url: "http://a:80", path: "/", expectedStatuses: [[200, 299]] }]);
    assert.equal(parts.pool.servers.get(id)?.healthy, true);
    assert.equal(parts.monitor.health(id)?.last?.reason, "status 200");
  });

  it("marks a server down after three failures and up after two passes", async () => {
    await using parts = await setup({ servers: [{ url }] });
    parts.answer.passed = false;
    await parts.clock.advance(10_000);
    assert.equal(parts.pool.servers.get(id)?.healthy, true);
    await parts.clock.advance(10_000);
    assert.equal(parts.pool.servers.get(id)?.healthy, true, "the first check had passed");
    await parts.clock.advance(10_000);
    assert.equal(parts.pool.servers.get(id)?.healthy, false);
    parts.answer.passed = true;
    await parts.clock.advance(20_000);

    assert.equal(parts.pool.servers.get(id)?.healthy, true);
    assert.deepEqual(parts.turns, ["server is down", "server is back"]);
  });

  it("fails a check that takes too long, and ends it", async () => {
    await using parts = await setup({ servers: [{ url }] }, () => new Promise(() => undefined));
    await parts.clock.advance(2_000);

    assert.equal(parts.monitor.health(id)?.last?.reason, "no answer within 2s");
    assert.equal(parts.monitor.health(id)?.last?.durationMs, 2_000);
  });

  it("spreads checks by the jitter", async () => {
    await using parts = await setup({ servers: [{ url }], healthCheck: { jitter: 0.5 } }, undefined, () => 1);
    await parts.clock.advance(14_999);
    assert.equal(parts.asked.length, 1);
    await parts.clock.advance(1);

    assert.equal(parts.asked.length, 2);
  });

  it("checks a server as the server itself asks for", async () => {
    const healthCheck = { interval: "1s", path: "/up", expectedStatuses: "204", unhealthyThreshold: 1 };
    await using parts = await setup({ servers: [{ url, healthCheck }] });
    parts.answer.passed = false;
    await parts.clock.advance(1_000);

    assert.deepEqual(parts.asked[1], { url: "http://a:80", path: "/up", expectedStatuses: [[204, 204]] });
    assert.equal(parts.pool.servers.get(id)?.healthy, false);
  });

  it("follows a change of settings without waiting for the old interval", async () => {
    await using parts = await setup({ servers: [{ url }], healthCheck: { interval: "1h" } });
    await parts.clock.advance(5_000);
    await parts.editor.configure({ healthCheck: { interval: "1s" } });
    await parts.clock.advance(0);

    assert.equal(parts.asked.length, 2);
  });

  it("starts with a server that is added and stops with one that is removed", async () => {
    await using parts = await setup({});
    await parts.editor.add(daemonConfig({ servers: [{ url }] }).servers[0]!);
    await parts.clock.advance(0);
    assert.equal(parts.asked.length, 1);
    await parts.editor.remove(id, 0);

    assert.equal(parts.monitor.health(id), undefined);
    assert.equal(parts.clock.pending, 0);
  });

  it("absolves an ejected server once, at the next check that passes", async () => {
    await using parts = await setup({ servers: [{ url }] });
    await parts.clock.advance(0);
    parts.eject(id);
    await parts.clock.advance(20_000);

    assert.deepEqual(parts.changes, [{ type: "absolve", id }]);
  });

  it("goes on from what another has found", async () => {
    const failing: HealthProbe = async () => ({ passed: false, status: 500, reason: "status 500" });
    await using former = await setup({ servers: [{ url }] }, failing);
    await former.clock.advance(10_000);
    const record = former.monitor.record();
    assert.equal(record[id]?.against, 2);
    await using parts = await setup({ servers: [{ url }] }, failing, undefined, record);
    assert.equal(parts.monitor.health(id)?.last?.passed, false);
    assert.equal(parts.pool.servers.get(id)?.healthy, true);
    await parts.clock.advance(0);

    assert.equal(parts.pool.servers.get(id)?.healthy, false);
  });

  it("leaves no timer behind", async () => {
    const parts = await setup({ servers: [{ url }] });
    await parts.clock.advance(100);
    await parts[Symbol.asyncDispose]();

    assert.equal(parts.clock.pending, 0);
  });
});

async function setup(
  document: object,
  probe?: HealthProbe,
  random = () => 0.5,
  known: Parameters<HealthMonitor["inherit"]>[0] = {},
) {
  const clock = new VirtualClock();
  const { pool, editor } = await loadPool(daemonConfig(document), createMemoryStore(), clock);
  const changes: Change[] = [];
  pool.subscribe((change) => changes.push(...change.changes));
  const asked: unknown[] = [];
  const turns: string[] = [];
  const answer = { passed: true };
  const answering: HealthProbe = async (question) => {
    asked.push(question);
    return { passed: answer.passed, status: 200, reason: "status 200" };
  };
  const log = {
    info: (_fields: object, message: string) => void turns.push(message),
    warn: (_fields: object, message: string) => void turns.push(message),
  };
  let eject: (id: string) => void = () => undefined;
  const fleet = {
    onEjected(listener: (id: string) => void) {
      eject = listener;
      return { [Symbol.dispose]: () => undefined };
    },
  };
  const monitor = new HealthMonitor({ pool, fleet, probe: probe ?? answering, clock, random, log });
  monitor.inherit(known);
  monitor.start();
  const close = () => monitor[Symbol.asyncDispose]();
  return { clock, pool, editor, monitor, changes, asked, turns, answer, eject, [Symbol.asyncDispose]: close };
}
