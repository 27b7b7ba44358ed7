import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import { readHandoffStatus } from "../status.js";
import { get } from "./clients.test.fixture.js";
import { openPrograms, type Program, type Programs } from "./programs.test.fixture.js";

describe("of three processes, the second is killed while the third gets ready", () => {
  it("R14: the first serves again, and the third is told so", async () => {
    await using programs = await openPrograms({ probationMs: 20_000 });
    const { first, second, third } = await startThree(programs);
    second.process.kill("SIGKILL");
    await first.says("phase", { phase: "serving", before: "standby" });
    third.process.kill("SIGUSR1");
    const { message, code } = await third.says("error");

    assert.match(message, /the process before the one that has died serves again/);
    assert.equal(code, "closed");
    assert.equal(await third.exited, 1);
    await assertServesAlone(programs, first);
  });

  it("R14: the third serves when the first has not learnt of it in time, and the first leaves", async () => {
    await using programs = await openPrograms({ probationMs: 20_000 });
    const { first, second, third } = await startThree(programs);
    first.process.kill("SIGSTOP");
    second.process.kill("SIGKILL");
    await second.exited;
    third.process.kill("SIGUSR1");
    await third.says("ready");
    first.process.kill("SIGCONT");
    const { phase } = await first.says("phase", { before: "standby" });
    assert.equal(phase, "draining");
    assert.equal(await first.exited, 0);

    await assertServesAlone(programs, third);
  });

  it("R8: the third serves when the first has left already", async () => {
    await using programs = await openPrograms({ probationMs: 50 });
    const { first, second, third } = await startThree(programs);
    await first.exited;
    second.process.kill("SIGKILL");
    await second.exited;
    third.process.kill("SIGUSR1");
    await third.says("ready");

    await assertServesAlone(programs, third);
  });
});

describe("of two processes, the first is killed while the second gets ready", () => {
  it("R8: the second has the sockets, and serves", async () => {
    await using programs = await openPrograms();
    const first = await programs.serve({ release: "a" });
    const second = programs.start({ release: "b", check: 300 });
    await second.says("run");
    first.process.kill("SIGKILL");
    await second.says("ready");

    assert.equal((await get(first.port)).body.release, "b");
  });

  it("R8: a third waits for the second, which has the sockets, and takes over from it", async () => {
    await using programs = await openPrograms({ probationMs: 0 });
    const first = await programs.serve({ release: "a" });
    const second = programs.start({ release: "b", fault: "ready-when-asked" });
    await second.says("waiting");
    first.process.kill("SIGKILL");
    await first.exited;
    const third = programs.start({ release: "c", addresses: ["127.0.0.1:0"] });
    second.process.kill("SIGUSR1");
    await second.says("ready");
    await third.says("ready");
    assert.equal(await second.exited, 0);

    assert.equal((await third.says("run")).addresses[0].port, first.port);
    await assertServesAlone(programs, third);
  });

  it("R13: the second is ended when its time to get ready is over, and the next start is the first again", async () => {
    await using programs = await openPrograms({ readyMs: 500 });
    const first = await programs.serve({ release: "a" });
    const second = programs.start({ release: "b", fault: "ready-when-asked" });
    await second.says("waiting");
    first.process.kill("SIGKILL");
    assert.match((await second.says("error")).message, /not ready within 0.5 s/);

    await assertServesAlone(programs, await programs.serve({ release: "c" }));
  });
});

/** The first stands by, the second serves, and the third gets ready at SIGUSR1. */
async function startThree(programs: Programs) {
  const first = await programs.serve({ release: "a" });
  const second = await programs.serve({ release: "b" });
  const third = programs.start({ release: "c", fault: "ready-when-asked" });
  await third.says("waiting");
  return {
    first: Object.assign(first, { release: "a" }),
    second,
    third: Object.assign(third, { release: "c" }),
  };
}

/** Asks again and again, since several processes that accept on one socket share those who connect out among them. */
async function assertServesAlone(programs: Programs, { pid, said }: Program): Promise<void> {
  const { port } = said.find(({ type }) => type === "run").addresses[0];
  const answers = await Promise.all(Array.from({ length: 40 }, () => get(port)));
  const status = await readHandoffStatus({ name: "program", folder: join(programs.folder, "run") });

  assert.deepEqual([...new Set(answers.map(({ body }) => body.pid as number))], [pid]);
  assert.deepEqual([status.generations[0]!.pid, status.generations[0]!.phase], [pid, "serving"]);
  const next = await programs.serve({ release: "z" });
  assert.equal((await get(port)).body.pid, next.pid);
}
