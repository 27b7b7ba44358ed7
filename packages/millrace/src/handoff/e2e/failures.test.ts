import assert from "node:assert/strict";
import { once } from "node:events";
import { Agent } from "node:http";
import type { Socket } from "node:net";
import { join } from "node:path";
import { describe, it } from "node:test";
import { handoffEvents } from "../events.js";
import { openHandoff } from "../open-handoff.js";
import { readHandoffStatus } from "../status.js";
import { get, startLoad } from "./clients.test.fixture.js";
import { openPrograms } from "./programs.test.fixture.js";

/** Ways to fail that a process can see coming, the exit code of each, and what it leaves on standard error. */
const faults = [
  ["crash-before-ready", 3, /^$/],
  ["throw", 1, /^$/],
  ["run-throws-after-ready", 1, /^$/],
  ["exit-in-probation", 4, /^$/],
  ["log-and-exit-in-probation", 5, /^$/],
  ["throw-in-probation", 1, /Error: the cache is broken\n {4}at .*\n(.*\n)*Node\.js v/],
  ["reject-in-probation", 1, /Error: the cache is broken\n {4}at .*\n(.*\n)*Node\.js v/],
] as const;

describe("a new process that fails", () => {
  for (const [fault, code, error] of faults) {
    it(`R8, R14: by ${fault} under load leaves the old one serving, and fails no request`, async () => {
      await using programs = await openPrograms({ probationMs: 5_000 });
      const first = await programs.serve({ release: "a" });
      await using load = startLoad(first.port);
      const second = programs.start({ release: "b", fault });
      assert.equal(await second.exited, code);
      await first.says("upgrade-failed");
      assert.equal((await get(first.port)).body.release, "a");
      const third = await programs.serve({ release: "c", probationMs: 50 });
      await first.exited;
      await load.stop();

      assert.deepEqual(load.failures, []);
      assert.match(second.errors, error);
      assert.equal((await get(third.port)).body.release, "c");
    });
  }

  it("R8, R14: by SIGKILL leaves the old one serving, and fails nothing but what it had begun", async () => {
    await using programs = await openPrograms({ probationMs: 1_000 });
    const first = await programs.serve({ release: "a" });
    await using load = startLoad(first.port);
    await programs.start({ release: "b", fault: "crash-after-ready" }).exited;
    await first.says("upgrade-failed");
    assert.equal((await get(first.port)).body.release, "a");
    await load.stop();

    // One request for each caller at the most.
    assert.ok(load.failures.length <= 4, String(load.failures));
  });

  it("R14: answers what it has begun before it ends, while the old one answers what comes", async () => {
    await using programs = await openPrograms({ probationMs: 5_000 });
    const first = await programs.serve({ release: "a" });
    const second = await programs.serve({ release: "b", fault: "throw-when-asked" });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    assert.equal((await get(first.port, "/", agent)).headers.connection, "keep-alive");
    const slow = get(first.port, "/slow?ms=500");
    await second.says("slow");
    second.process.kill("SIGUSR1");
    await second.says("given-back");
    assert.equal((await get(first.port)).body.release, "a");
    const last = await get(first.port, "/", agent);
    assert.deepEqual([last.body.release, last.headers.connection], ["b", "close"]);
    assert.equal((await get(first.port, "/", agent)).body.release, "a");
    agent.destroy();
    assert.equal((await slow).body.release, "b");

    assert.equal(await second.exited, 1);
    assert.equal((await first.says("upgrade-failed")).reason, "the cache is broken");
  });

  it("R14: is cut when it has not finished in time", async () => {
    await using programs = await openPrograms({ probationMs: 5_000, giveBackMs: 100 });
    const first = await programs.serve({ release: "a" });
    const second = await programs.serve({ release: "b", fault: "exit-when-asked" });
    const cut = assert.rejects(get(first.port, "/slow?ms=60000"));
    await second.says("slow");
    second.process.kill("SIGUSR1");
    await cut;

    assert.equal(await second.exited, 4);
    assert.equal((await second.says("cut")).connections, 1);
    assert.equal((await get(first.port)).body.release, "a");
  });

  it("puts nothing off when it is told not to, or when nobody stands by any more", async () => {
    await using programs = await openPrograms({ fault: "exit-when-asked" });
    const first = await programs.serve({ release: "a" });
    const second = await programs.serve({ release: "b", probationMs: 5_000, giveBackOnExit: false });
    second.process.kill("SIGUSR1");
    assert.equal(await second.exited, 4);
    await first.says("upgrade-failed");
    const third = await programs.serve({ release: "c", probationMs: 20 });
    await first.exited;
    third.process.kill("SIGUSR1");
    assert.equal(await third.exited, 4);

    for (const { said } of [second, third])
      assert.ok(!said.some(({ type }) => ["put-off", "given-back"].includes(type as string)));
  });

  it("has its process.exit throw, once, and end with the code that it was given first", async () => {
    await using programs = await openPrograms({ probationMs: 5_000 });
    await programs.serve({ release: "a" });
    const second = programs.start({ release: "b", fault: "exit-in-probation" });
    assert.equal(await second.exited, 4);
    const third = programs.start({ release: "c", fault: "log-and-exit-in-probation" });
    assert.equal(await third.exited, 5);

    assert.equal((await second.says("put-off")).name, "ExitPutOff");
    assert.deepEqual(
      third.said.filter(({ type }) => type === "uncaught").map(({ name }) => name as string),
      ["Error", "ExitPutOff"],
    );
  });

  it("R14: takes its own connections along: what the old one has, and whoever comes next, is served", async () => {
    await using programs = await openPrograms({ probationMs: 5_000 });
    const first = await programs.serve({ release: "a" });
    const ofFirst = get(first.port, "/slow?ms=700");
    await first.says("slow");
    const second = await programs.serve({ release: "b" });
    const ofSecond = assert.rejects(get(first.port, "/slow?ms=60000"));
    await second.says("slow");
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    assert.equal((await get(first.port, "/", agent)).body.release, "b");
    const ended = once(await idleOf(agent), "close");
    second.process.kill("SIGKILL");
    await ended;
    assert.equal((await get(first.port, "/", agent)).body.release, "a");
    agent.destroy();
    await ofSecond;

    assert.equal((await ofFirst).body.release, "a");
  });

  it("R13, tableflip timeout: that is never ready is ended when its time is over, and the old one serves on", async () => {
    await using programs = await openPrograms({ readyMs: 300 });
    const first = await programs.serve({ release: "a" });
    const second = programs.start({ release: "b", fault: "hang" });
    assert.match((await first.says("upgrade-failed")).reason, /not ready within 0.3 s/);
    await second.exited;

    assert.equal((await get(first.port)).body.release, "a");
  });
});

describe("a new process that hangs", () => {
  it("R13, tableflip timeout: is killed when it does not leave though its time is over", async () => {
    await using programs = await openPrograms({ readyMs: 300 });
    const first = await programs.serve({ release: "a" });
    const second = programs.start({ release: "b", fault: "block" });
    assert.equal(await second.exited, "SIGKILL");

    assert.match((await first.says("upgrade-failed")).reason, /not ready within 0.3 s/);
    assert.equal((await get(first.port)).body.release, "a");
  });
});

describe("a check of readiness that never passes", () => {
  it("R13: ends the new process with what it failed by, and the old one serves on", async () => {
    await using programs = await openPrograms();
    const first = await programs.serve({ release: "a" });
    const second = programs.start({ release: "b", readyAtCheck: 1_000, readyMs: 150 });
    const { message, code } = await second.says("error");
    assert.match(
      message,
      /this process was not ready within 0.15 s: its check (says no|fails: the database is down)/,
    );
    assert.equal(code, "timeout");
    assert.equal(await second.exited, 1);
    await first.says("upgrade-failed");

    assert.equal((await get(first.port)).body.release, "a");
  });
});

describe("two processes at once", () => {
  it("R12: of several first starts one is first, and the others take over in turn or are told to wait", async () => {
    await using programs = await openPrograms({ probationMs: 20 });
    const all = Array.from({ length: 6 }, (_, index) => programs.start({ release: `r${index}`, check: 50 }));
    const ends = all.map(async (program) => {
      const saying = await Promise.race([program.says("ready"), program.says("error")]);
      return saying.type === "ready" ? "served" : saying.code;
    });
    const outcomes = await Promise.all(ends);
    const firsts = all.flatMap(({ said }) =>
      said.filter(({ type, generation }) => type === "run" && generation === 1),
    );

    assert.equal(firsts.length, 1);
    assert.ok(outcomes.every((outcome) => ["served", "unavailable"].includes(outcome)));
    const status = await readHandoffStatus({ name: "program", folder: join(programs.folder, "run") });
    assert.equal(status.generations[0]!.phase, "serving");
  });

  it("tableflip concurrent upgrade: the second is told that one is in progress", async () => {
    await using programs = await openPrograms();
    const first = await programs.serve({ release: "a" });
    programs.start({ release: "b", fault: "hang" });
    await first.says("upgrade-started");
    const third = programs.start({ release: "c" });
    const { message, code } = await third.says("error");

    assert.match(message, /an upgrade to b \(process \d+\) is in progress; wait until it is over/);
    assert.equal(code, "unavailable");
  });

  it("tableflip shutdown cancels upgrade: also one that has just been accepted", async () => {
    await using programs = await openPrograms();
    const shared = { name: "stopped", folder: join(programs.folder, "run"), addresses: ["127.0.0.1:0"] };
    await using first = await openHandoff(shared);
    await first.ready();
    using _stopping = handoffEvents.subscribe(({ type }) => {
      if (type === "upgrade-started") void first.stop();
    });

    await assert.rejects(openHandoff(shared), { code: "closed", message: /it was told to stop/ });
    assert.equal(await first.ended, "stopped");
  });

  it("tableflip shutdown cancels upgrade: a process that is stopped turns its successor away", async () => {
    await using programs = await openPrograms();
    const first = await programs.serve({ release: "a" });
    const second = programs.start({ release: "b", fault: "hang" });
    await first.says("upgrade-started");
    first.process.kill("SIGTERM");

    assert.match((await second.says("error")).message, /it was told to stop/);
    assert.equal(await first.exited, 0);
  });
});

/** The one idle connection of an agent, which it may have yet to take back. */
async function idleOf(agent: Agent): Promise<Socket> {
  for (;;) {
    const idle = Object.values(agent.freeSockets)[0]?.[0];
    if (idle) return idle;
    await new Promise((resolve) => setImmediate(resolve));
  }
}
