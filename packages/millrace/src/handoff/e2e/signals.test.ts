import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, it } from "node:test";
import { get } from "./clients.test.fixture.js";
import { isAlive, openPrograms } from "./programs.test.fixture.js";

describe("signals, in whatever order they come", () => {
  it("the same one again at once, as a wrapper passes on what a terminal has told already, cuts nothing", async () => {
    await using programs = await openPrograms();
    const program = await programs.serve({ release: "a" });
    const slow = get(program.port, "/slow?ms=600");
    await program.says("slow");
    program.process.kill("SIGINT");
    await new Promise((resolve) => setImmediate(resolve));
    program.process.kill("SIGINT");

    assert.equal((await slow).body.release, "a");
    assert.equal(await program.exited, 0);
  });

  it("Ctrl+C, told to a process that stays and to the one it has started, cuts nothing and ends both", async () => {
    await using programs = await openPrograms({ probationMs: 50 });
    const first = await programs.serve({ release: "a", stay: true, leads: true });
    first.process.kill("SIGUSR2");
    await first.says("phase", { phase: "ended" });
    const slow = get(first.port, "/slow?ms=600");
    await first.says("slow");
    process.kill(-first.pid, "SIGINT");

    assert.notEqual((await slow).body.pid, first.pid);
    // It ends with the output that both have.
    assert.equal(await first.exited, 0);
  });

  it("SIGUSR2 and then SIGTERM end the program: what was started does not come back", async () => {
    await using programs = await openPrograms();
    const first = await programs.serve({ release: "a", leads: true });
    first.process.kill("SIGUSR2");
    first.process.kill("SIGTERM");
    assert.equal(await first.exited, 0);

    assert.equal(first.said.filter(({ type }) => type === "ready").length, 1);
  });

  it("SIGUSR2 to one that was told to stop starts nothing", async () => {
    await using programs = await openPrograms();
    const first = await programs.serve({ release: "a" });
    const slow = get(first.port, "/slow?ms=300");
    await first.says("slow");
    first.process.kill("SIGTERM");
    await first.says("phase", { phase: "draining" });
    first.process.kill("SIGUSR2");
    await slow;
    assert.equal(await first.exited, 0);

    assert.equal(first.said.filter(({ type }) => type === "run").length, 1);
    assert.ok(!first.said.some(({ type }) => type === "refused" || type === "error"));
  });

  it("SIGTERM while what was started gets ready ends both", async () => {
    await using programs = await openPrograms({ check: 5_000 });
    const first = await programs.serve({ release: "a", leads: true });
    first.process.kill("SIGUSR2");
    await first.says("upgrade-started");
    first.process.kill("SIGTERM");
    assert.equal(await first.exited, 0);

    assert.equal(first.said.filter(({ type }) => type === "ready").length, 1);
  });

  it("SIGUSR2 again while a restart is under way starts another, which is told so and changes nothing", async () => {
    await using programs = await openPrograms({ fault: "ready-when-asked", probationMs: 50 });
    const first = programs.start({ release: "a", leads: true });
    await first.says("waiting");
    first.process.kill("SIGUSR1");
    await first.says("ready");
    const exited = once(first.process, "exit");
    first.process.kill("SIGUSR2");
    const { pid } = await first.says("upgrade-started");
    await first.says("waiting", { generation: 2 });
    first.process.kill("SIGUSR2");
    const { message } = await first.says("error");
    assert.match(message, /an upgrade to a \(process \d+\) is in progress/);
    process.kill(pid, "SIGUSR1");
    assert.deepEqual(await exited, [0, null]);
    process.kill(pid, "SIGTERM");
    await first.exited;

    assert.ok(
      first.said.some(
        ({ type, phase, generation }) => type === "phase" && phase === "serving" && generation === 2,
      ),
    );
  });

  for (const [how, between] of [
    ["one after the other", true],
    ["at once", false],
  ] as const) {
    it(`SIGTERM and SIGINT to one that stays, ${how}, reach the one that serves, which does not wait any more`, async () => {
      await using programs = await openPrograms({ probationMs: 50 });
      const first = await programs.serve({ release: "a", stay: true });
      const second = await programs.serve({ release: "b" });
      await first.says("phase", { phase: "ended" });
      const cut = assert.rejects(get(second.port, "/slow?ms=60000"));
      await second.says("slow");
      first.process.kill("SIGTERM");
      if (between) await second.says("phase", { phase: "draining" });
      first.process.kill("SIGINT");
      await cut;

      // Signals that are pending together come in no order.
      assert.ok([128 + 2, 128 + 15].includes((await second.exited) as number));
      assert.equal(await first.exited, 0);
    });
  }

  it("to one that stays, whose successor ignores SIGTERM, change nothing until that ends", async () => {
    await using programs = await openPrograms({ probationMs: 50 });
    const first = await programs.serve({ release: "a", stay: true });
    const second = await programs.serve({ release: "b", fault: "deaf", stopOnSignals: false });
    await first.says("phase", { phase: "ended" });
    first.process.kill("SIGTERM");
    await second.says("deaf");
    first.process.kill("SIGTERM");
    assert.equal((await get(first.port)).body.release, "b");
    assert.ok(isAlive(first.pid));
    second.process.kill("SIGKILL");

    assert.equal(await first.exited, 0);
  });

  it("to one that stays, whose successor ends at that moment, end it", async () => {
    await using programs = await openPrograms({ probationMs: 50 });
    const first = await programs.serve({ release: "a", stay: true });
    const second = await programs.serve({ release: "b" });
    await first.says("phase", { phase: "ended" });
    second.process.kill("SIGKILL");
    first.process.kill("SIGTERM");
    first.process.kill("SIGINT");

    assert.equal(await first.exited, 0);
  });
});
