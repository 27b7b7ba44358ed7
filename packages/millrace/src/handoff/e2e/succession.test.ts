import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { Agent } from "node:http";
import { join } from "node:path";
import { describe, it } from "node:test";
import { readHandoffStatus } from "../status.js";
import { exchange, get } from "./clients.test.fixture.js";
import { isAlive, openPrograms } from "./programs.test.fixture.js";

describe("serve, started again", () => {
  it("R1: the address is answered by the new process, the old one leaves, and a stop ends it within a second", async () => {
    await using programs = await openPrograms();
    const first = await programs.serve({ release: "a" });
    assert.equal((await get(first.port)).body.release, "a");
    const second = await programs.serve({ release: "b" });
    assert.equal(second.port, first.port);
    assert.equal((await get(first.port)).body.release, "b");
    assert.equal(await first.exited, 0);
    assert.equal((await first.says("ending")).ending, "handed-over");
    const stoppedAt = performance.now();
    second.process.kill("SIGTERM");
    assert.equal(await second.exited, 0);

    assert.ok(performance.now() - stoppedAt < 1_000);
    await assert.rejects(get(first.port), /ECONNREFUSED/);
  });

  it("R2: a response that is still being written when the process is stopped is finished first", async () => {
    await using programs = await openPrograms();
    const program = await programs.serve({ release: "a" });
    const slow = get(program.port, "/slow?ms=200");
    await program.says("slow");
    program.process.kill("SIGTERM");

    assert.equal((await slow).body.release, "a");
    assert.equal(await program.exited, 0);
  });

  it("R3: the control socket that a killed process has left is replaced, and its address taken at once", async () => {
    await using programs = await openPrograms();
    const first = await programs.serve({ release: "a" });
    first.process.kill("SIGKILL");
    await first.exited;
    const path = join(programs.folder, "run", "program.sock");
    assert.ok(existsSync(path));
    const second = await programs.serve({ release: "b", addresses: [`127.0.0.1:${first.port}`] });

    assert.equal((await get(second.port)).body.release, "b");
    assert.equal(
      (await readHandoffStatus({ name: "program", folder: join(programs.folder, "run") })).generations.length,
      1,
    );
  });

  it("R4: of three processes each finishes what it has begun, and the oldest leaves first", async () => {
    await using programs = await openPrograms({ probationMs: 50 });
    const first = await programs.serve({ release: "a" });
    const ofFirst = get(first.port, "/slow?ms=700");
    await first.says("slow");
    const second = await programs.serve({ release: "b" });
    const ofSecond = get(first.port, "/slow?ms=900");
    await second.says("slow");
    const third = await programs.serve({ release: "c" });
    assert.equal((await get(first.port)).body.release, "c");
    assert.equal((await ofFirst).body.release, "a");
    await first.exited;
    assert.ok(isAlive(second.pid));
    assert.equal((await ofSecond).body.release, "b");
    await second.exited;

    assert.deepEqual(
      (await readHandoffStatus({ name: "program", folder: join(programs.folder, "run") })).generations.map(
        ({ release, pid }) => [release, pid],
      ),
      [["c", third.pid]],
    );
  });

  it("R7: a kept connection moves at its next request, and none of its requests fails", async () => {
    await using programs = await openPrograms();
    const first = await programs.serve({ release: "a" });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    assert.equal((await get(first.port, "/", agent)).headers.connection, "keep-alive");
    await programs.serve({ release: "b" });
    const last = await get(first.port, "/", agent);
    assert.deepEqual([last.body.release, last.headers.connection], ["a", "close"]);
    const next = await get(first.port, "/", agent);
    assert.deepEqual([next.body.release, next.headers.connection], ["b", "keep-alive"]);
    agent.destroy();

    assert.equal(await first.exited, 0);
  });

  it("R11: a half of a connection that the client has ended does not end the other", async () => {
    await using programs = await openPrograms({ raw: true });
    const { port } = await programs.serve({ release: "a" });
    await programs.serve({ release: "b" });

    assert.equal(await exchange(port, "to and fro"), "to and fro");
  });

  it("serves once its check passes, and the old one answers until then", async () => {
    await using programs = await openPrograms({ readyAtCheck: 3 });
    const first = programs.start({ release: "a", readyAtCheck: 1 });
    const { addresses } = await first.says("run");
    await first.says("phase", { phase: "serving" });
    const second = programs.start({ release: "b" });
    await second.says("check", { checks: 2 });
    assert.equal((await get(addresses[0].port)).body.release, "a");
    await second.says("phase", { phase: "serving" });
    assert.equal((await get(addresses[0].port)).body.release, "b");

    assert.equal(await first.exited, 0);
    assert.equal(second.said.filter(({ type }) => type === "check").length, 3);
  });

  it("gives the successor what the old process knows, when it starts, when it opens, and at the end", async () => {
    await using programs = await openPrograms();
    const first = await programs.serve({ release: "a" });
    const second = await programs.serve({ release: "b" });
    await first.exited;

    assert.deepEqual((await second.says("run")).inherited, { from: "a", moment: "prepare" });
    assert.deepEqual((await second.says("state", { moment: "switch" })).state, {
      from: "a",
      moment: "switch",
    });
    assert.deepEqual((await second.says("state", { moment: "end" })).state, { from: "a", moment: "end" });
  });
});
