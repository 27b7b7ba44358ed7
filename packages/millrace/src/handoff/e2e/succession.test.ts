import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { Agent } from "node:http";
import { join } from "node:path";
import { describe, it } from "node:test";
import { readHandoffStatus } from "../status.js";
import { type Answer, exchange, get, startLoad } from "./clients.test.fixture.js";
import { isAlive, openPrograms, type Program } from "./programs.test.fixture.js";

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

  it("R10, tableflip add: where addresses may differ, takes those of its predecessor that it names, binds the others, and drops the rest", async () => {
    await using programs = await openPrograms({ addressesMayDiffer: true, probationMs: 0 });
    const first = await programs.serve({ release: "a" });
    const both = ["127.0.0.1:0", "localhost:0"];
    const second = await programs.serve({ release: "b", addresses: both });
    const [{ port }, { port: added }] = (await second.says("run")).addresses;
    assert.equal(port, first.port);
    assert.equal((await get(first.port)).body.release, "b");
    assert.equal((await get(added)).body.release, "b");
    await first.exited;
    const third = await programs.serve({ release: "c", addresses: ["localhost:0"] });
    await second.exited;

    assert.equal((await third.says("run")).addresses[0].port, added);
    assert.equal((await get(added)).body.release, "c");
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
    const ofFirst = get(first.port, "/held");
    await first.says("held");
    const second = await programs.serve({ release: "b" });
    const ofSecond = get(first.port, "/held");
    await second.says("held");
    const third = await programs.serve({ release: "c" });
    assert.equal((await get(first.port)).body.release, "c");
    first.process.kill("SIGUSR1");
    assert.equal((await ofFirst).body.release, "a");
    await first.exited;
    assert.ok(isAlive(second.pid));
    second.process.kill("SIGUSR1");
    assert.equal((await ofSecond).body.release, "b");
    await second.exited;

    assert.deepEqual(
      (await readHandoffStatus({ name: "program", folder: join(programs.folder, "run") })).generations.map(
        ({ release, pid }) => [release, pid],
      ),
      [["c", third.pid]],
    );
  });

  it("R4: of three upgrades in quick succession under load no request fails, and each old one leaves when it is done", async () => {
    await using programs = await openPrograms({ probationMs: 5_000 });
    const first = await programs.serve({ release: "a" });
    await using load = startLoad(first.port);
    const old: { program: Program; begun: Promise<Answer> }[] = [];
    let serving: Program = first;
    for (const next of ["b", "c", "d"]) {
      old.push({ program: serving, begun: get(first.port, "/held") });
      await serving.says("held");
      serving = await programs.serve({ release: next, probationMs: next === "d" ? 50 : 5_000 });
    }
    const finished: string[] = [];
    for (const { program, begun } of old) {
      program.process.kill("SIGUSR1");
      finished.push((await begun).body.release);
      assert.equal(await program.exited, 0);
    }
    assert.equal((await get(first.port)).body.release, "d");
    await load.stop();

    assert.deepEqual(load.failures, []);
    assert.deepEqual([...load.answers.keys()], ["a", "b", "c", "d"]);
    assert.deepEqual(finished, ["a", "b", "c"]);
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
