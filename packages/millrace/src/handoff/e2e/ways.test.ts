import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { readHandoffStatus } from "../status.js";
import { exchange, get, startLoad } from "./clients.test.fixture.js";
import { openPrograms } from "./programs.test.fixture.js";

describe("forwarding", () => {
  it("R1: carries connections to the new process, which is told the client's address", async () => {
    await using programs = await openPrograms({ ways: ["forward"] });
    const first = await programs.serve({ release: "a" });
    await programs.serve({ release: "b" });
    const { body } = await get(first.port);
    const status = await readHandoffStatus({ name: "program", folder: join(programs.folder, "run") });

    assert.deepEqual([body.release, body.client], ["b", "127.0.0.1"]);
    assert.equal(status.generations[0]!.pid, first.pid);
  });

  it("R11: keeps the half of a connection that is still needed", async () => {
    await using programs = await openPrograms({ raw: true, ways: ["forward"] });
    const { port } = await programs.serve({ release: "a" });
    await programs.serve({ release: "b" });

    assert.equal(await exchange(port, "to and fro".repeat(10_000)), "to and fro".repeat(10_000));
  });

  for (const fault of ["exit-in-probation", "throw-in-probation"] as const) {
    it(`R14: falls back to the old one when the new one fails by ${fault}, and fails no request`, async () => {
      await using programs = await openPrograms({ ways: ["forward"], probationMs: 5_000 });
      const first = await programs.serve({ release: "a" });
      await using load = startLoad(first.port);
      await programs.start({ release: "b", fault }).exited;
      await first.says("upgrade-failed");
      assert.equal((await get(first.port)).body.release, "a");
      await load.stop();

      assert.deepEqual(load.failures, []);
      assert.ok(load.answers.has("b"));
    });
  }

  it("lets a third take over from the second, which leaves", async () => {
    await using programs = await openPrograms({ ways: ["forward"], probationMs: 50 });
    const first = await programs.serve({ release: "a" });
    const second = await programs.serve({ release: "b" });
    await first.says("phase", { phase: "fronting" });
    await using load = startLoad(first.port);
    await programs.serve({ release: "c" });
    await second.exited;
    await load.stop();

    assert.equal((await get(first.port)).body.release, "c");
    assert.deepEqual(load.failures, []);
  });

  it("leaves the address to the one behind when the front is killed", async () => {
    await using programs = await openPrograms({ ways: ["forward"], probationMs: 50 });
    const first = await programs.serve({ release: "a" });
    const second = await programs.serve({ release: "b" });
    await first.says("phase", { phase: "fronting" });
    first.process.kill("SIGKILL");
    await first.exited;
    await second.says("alone");
    assert.equal((await get(first.port)).body.release, "b");
    second.process.kill("SIGTERM");

    assert.equal(await second.exited, 0);
  });
});

describe("socket activation", () => {
  it("takes the sockets that the service manager has passed, and the next start takes its own", async () => {
    await using programs = await openPrograms();
    const holder = createServer();
    await new Promise<void>((resolve) => holder.listen(0, "127.0.0.1", resolve));
    const { port } = holder.address() as { port: number };
    const { fd } = (holder as unknown as { _handle: { fd: number } })._handle;
    const file = fileURLToPath(new URL("./program.test.fixture.js", import.meta.url));
    const start = (release: string) => {
      const options = {
        name: "activated",
        folder: join(programs.folder, "run"),
        addresses: [`127.0.0.1:${port}`],
        probationMs: 50,
        release,
      };
      const script = `LISTEN_FDS=1 LISTEN_PID=$$ exec "${process.execPath}" "${file}" '${JSON.stringify(options)}'`;
      return spawn("sh", ["-c", script], { stdio: ["ignore", "pipe", "inherit", fd] });
    };
    const ready = async (child: ReturnType<typeof start>) => {
      let said = "";
      child.stdout!.setEncoding("utf8").on("data", (text: string) => (said += text));
      const gone = once(child, "exit").then(() => Promise.reject(new Error(said)));
      gone.catch(() => undefined);
      while (!said.includes('"ready"')) await Promise.race([once(child.stdout!, "data"), gone]);
    };
    const first = start("a");
    await ready(first);
    const second = start("b");
    await ready(second);
    await once(first, "exit");
    const { generations } = await readHandoffStatus({
      name: "activated",
      folder: join(programs.folder, "run"),
    });
    second.kill("SIGTERM");
    await once(second, "exit");
    holder.close();

    assert.deepEqual([generations[0]!.release, generations[0]!.way], ["b", "inherit"]);
  });
});
