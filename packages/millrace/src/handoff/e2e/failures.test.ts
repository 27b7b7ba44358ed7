import assert from "node:assert/strict";
import { once } from "node:events";
import { Agent } from "node:http";
import type { Socket } from "node:net";
import { join } from "node:path";
import { describe, it } from "node:test";
import { handoffEvents } from "../events.js";
import { openHandoff } from "../handoff.js";
import { readHandoffStatus } from "../status.js";
import { get, startLoad } from "./clients.test.fixture.js";
import { openPrograms } from "./programs.test.fixture.js";

describe("a new process that fails", () => {
  for (const fault of ["crash-before-ready", "throw", "crash-after-ready", "exit-in-probation"] as const) {
    it(`R8, R14: by ${fault} leaves the old one serving, and fails nothing but what it had begun`, async () => {
      await using programs = await openPrograms({ probationMs: 1_000 });
      const first = await programs.serve({ release: "a" });
      await using load = startLoad(first.port);
      const second = programs.start({ release: "b", fault });
      await second.exited;
      await first.says("upgrade-failed");
      assert.equal((await get(first.port)).body.release, "a");
      const third = await programs.serve({ release: "c", probationMs: 50 });
      await first.exited;
      await load.stop();

      const died = fault === "exit-in-probation" || fault === "crash-after-ready";
      // Whatever the new process had begun when it exited ended with it: one request for each caller at the most.
      assert.ok(load.failures.length <= (died ? 4 : 0), String(load.failures));
      assert.equal((await get(third.port)).body.release, "c");
    });
  }

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

  it("R13: that is never ready is ended when its time is over, and the old one serves on", async () => {
    await using programs = await openPrograms({ readyMs: 300 });
    const first = await programs.serve({ release: "a" });
    const second = programs.start({ release: "b", fault: "hang" });
    assert.match((await first.says("upgrade-failed")).reason, /not ready within 0.3 s/);
    await second.exited;

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
    const all = Array.from({ length: 4 }, (_, index) => programs.start({ release: `r${index}`, check: 50 }));
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

  it("tableflip, concurrent upgrade: the second is told that one is in progress", async () => {
    await using programs = await openPrograms();
    const first = await programs.serve({ release: "a" });
    programs.start({ release: "b", fault: "hang" });
    await first.says("upgrade-started");
    const third = programs.start({ release: "c" });
    const { message, code } = await third.says("error");

    assert.match(message, /an upgrade to b \(process \d+\) is in progress; wait until it is over/);
    assert.equal(code, "unavailable");
  });

  it("tableflip, shutdown cancels upgrade: also one that has just been accepted", async () => {
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

  it("tableflip, shutdown cancels upgrade: a process that is stopped turns its successor away", async () => {
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
