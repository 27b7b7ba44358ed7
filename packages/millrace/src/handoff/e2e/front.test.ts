import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { join } from "node:path";
import { describe, it } from "node:test";
import { freePort, get } from "./clients.test.fixture.js";
import { hello } from "./hello.test.fixture.js";
import { openPrograms, type Programs } from "./programs.test.fixture.js";

describe("a front", () => {
  it("R14: that is killed while it switches to a third has the second serve by itself", async () => {
    await using programs = await openFronted();
    const { first, second } = await startTwo(programs);
    await using third = await halfway(programs);
    await second.says("phase", { phase: "standby" });
    first.process.kill("SIGKILL");
    await second.says("alone");
    assert.equal((await get(second.port)).body.release, "b");
    third.leave();
    await programs.serve({ release: "z" });

    assert.equal((await get(second.port)).body.release, "z");
  });

  it("R8: leaves its addresses when the one behind it dies while it switches to a third, and that fails", async () => {
    await using programs = await openFronted();
    const { first, second } = await startTwo(programs);
    await using third = await halfway(programs);
    await second.says("phase", { phase: "standby" });
    second.process.kill("SIGKILL");
    await second.exited;
    third.leave();
    assert.equal(await first.exited, 0);
    await programs.serve({ release: "z" });

    assert.equal((await get(second.port)).body.release, "z");
  });

  it("R8: leaves its addresses at once when the one behind it dies, though it has not finished itself", async () => {
    await using programs = await openFronted();
    const first = await programs.serve({ release: "a" });
    const held = get(first.port, "/held");
    await first.says("held");
    const second = await programs.serve({ release: "b" });
    await first.says("phase", { phase: "fronting" });
    second.process.kill("SIGKILL");
    await first.says("phase", { phase: "draining" });
    await programs.serve({ release: "z" });
    assert.equal((await get(first.port)).body.release, "z");
    first.process.kill("SIGUSR1");

    assert.equal((await held).body.release, "a");
    assert.equal(await first.exited, 0);
  });

  it("R8: lets one that gets ready serve by itself when the one behind it dies", async () => {
    await using programs = await openFronted();
    const { first, second } = await startTwo(programs);
    const third = programs.start({ release: "c", fault: "ready-when-asked" });
    await third.says("waiting");
    second.process.kill("SIGKILL");
    assert.equal(await first.exited, 0);
    third.process.kill("SIGUSR1");
    await third.says("ready");

    assert.equal((await get(second.port)).body.release, "c");
  });
});

/** Programs that forward, on a port that is known, so that a start of its own finds it. */
async function openFronted(): Promise<Programs> {
  const addresses = [`127.0.0.1:${await freePort()}`];
  return await openPrograms({ ways: ["forward"], probationMs: 50, addresses });
}

/** One in front, which has nothing of its own left, and one that serves behind it. */
async function startTwo(programs: Programs) {
  const first = await programs.serve({ release: "a" });
  const second = await programs.serve({ release: "b" });
  await first.says("phase", { phase: "fronting" });
  return { first, second };
}

/** A peer that gets as far as being told to open, and says nothing any more. */
async function halfway({ folder }: Programs) {
  const socket = connect(join(folder, "run", "program.sock"));
  socket.on("error", () => undefined);
  socket.write(`${JSON.stringify({ ...hello, release: "half", ways: ["forward"] })}\n`);
  await once(socket, "data");
  socket.write(`${JSON.stringify({ type: "ready", forwardTo: [join(folder, "nobody.sock")] })}\n`);
  await once(socket, "data");
  const leave = () => void socket.destroy();
  return { leave, [Symbol.asyncDispose]: async () => leave() };
}
