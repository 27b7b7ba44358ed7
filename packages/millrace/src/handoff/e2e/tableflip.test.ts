import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { get } from "./clients.test.fixture.js";
import { openPrograms } from "./programs.test.fixture.js";

describe("tableflip", () => {
  it("dynamic port, and several addresses of both kinds, are inherited in the order asked for", async () => {
    await using programs = await openPrograms();
    const path = join(programs.folder, "app.sock");
    const first = await programs.serve({
      release: "a",
      addresses: ["127.0.0.1:0", `unix:${path}`, "[::1]:0"],
    });
    const ports = (await first.says("run")).addresses;
    const second = await programs.serve({
      release: "b",
      addresses: [`unix:${path}`, "127.0.0.1:0", "[::1]:0"],
    });
    await first.exited;
    const after = (await second.says("run")).addresses;

    assert.deepEqual(after, [ports[1], ports[0], ports[2]]);
    assert.equal((await get(path)).body.release, "b");
    assert.equal((await get(first.port)).body.release, "b");
  });

  it("remove unix: the socket stays while somebody serves on it, and is removed by the last", async () => {
    await using programs = await openPrograms();
    const path = join(programs.folder, "app.sock");
    const first = await programs.serve({ release: "a", addresses: [`unix:${path}`] });
    const second = await programs.serve({ release: "b", addresses: [`unix:${path}`] });
    await first.exited;
    assert.ok(existsSync(path));
    second.process.kill("SIGTERM");
    await second.exited;

    assert.ok(!existsSync(path));
  });

  it("PID file: names whoever serves, and is gone with the last", async () => {
    await using programs = await openPrograms();
    const pidFile = join(programs.folder, "program.pid");
    const first = await programs.serve({ release: "a", pidFile });
    assert.equal(Number(await readFile(pidFile, "utf8")), first.pid);
    const second = await programs.serve({ release: "b", pidFile });
    await first.exited;
    assert.equal(Number(await readFile(pidFile, "utf8")), second.pid);
    second.process.kill("SIGTERM");
    await second.exited;

    assert.ok(!existsSync(pidFile));
  });

  it("wait for parent: the old process is gone once it has nothing left, and cut when its time is over", async () => {
    await using programs = await openPrograms({ drainMs: 400 });
    const first = await programs.serve({ release: "a" });
    const cut = assert.rejects(get(first.port, "/slow?ms=60000"));
    await first.says("slow");
    await programs.serve({ release: "b" });
    await cut;

    assert.equal((await first.says("cut")).connections, 1);
    assert.equal(await first.exited, 0);
  });

  it("child kill: an old process that is killed while its successor starts leaves it the address", async () => {
    await using programs = await openPrograms();
    const first = await programs.serve({ release: "a" });
    const second = programs.start({ release: "b", check: 300 });
    await second.says("run");
    first.process.kill("SIGKILL");
    await second.says("ready");

    assert.equal((await get(first.port)).body.release, "b");
  });
});
