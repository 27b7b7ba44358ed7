import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { sleep, systemClock } from "../../base/clock.js";
import { readHandoffStatus } from "../status.js";
import { get } from "./clients.test.fixture.js";
import { openPrograms } from "./programs.test.fixture.js";

describe("a control socket that a cleaner removes from under the program that runs", {
  concurrency: true,
}, () => {
  it("is put back: the next start takes over", async () => {
    await using programs = await openPrograms();
    const first = await programs.serve({ release: "a" });
    await rm(join(programs.folder, "run", "program.sock"));
    await until(() => existsSync(join(programs.folder, "run", "program.sock")));
    const second = await programs.serve({ release: "b" });
    assert.equal(await first.exited, 0);

    assert.equal((await get(first.port)).body.release, "b");
    assert.equal((await second.says("run")).generation, 2);
  });

  it("is put back with its folder by the one in front, and the one behind is found again", async () => {
    await using programs = await openPrograms({ ways: ["forward"] });
    const first = await programs.serve({ release: "a" });
    await programs.serve({ release: "b" });
    await first.says("upgrade-proven");
    await rm(join(programs.folder, "run"), { recursive: true });
    await until(() => existsSync(join(programs.folder, "run", "program.sock")));
    await until(async () => (await get(first.port).catch(() => undefined))?.body.release === "b");
    await programs.serve({ release: "c" });

    assert.equal((await get(first.port)).body.release, "c");
  });

  it("is left alone while another program has its place, and put back when that has left", async () => {
    await using programs = await openPrograms();
    const first = await programs.serve({ release: "a" });
    const path = join(programs.folder, "run", "program.sock");
    await rm(path);
    const other = await programs.serve({ release: "other" });
    assert.notEqual(other.port, first.port);
    other.process.kill("SIGKILL");
    await other.exited;
    const question = { name: "program", folder: join(programs.folder, "run") };
    const holder = () => readHandoffStatus(question).catch(() => undefined);
    await until(async () => (await holder())?.generations[0]?.pid === first.pid);
    await programs.serve({ release: "b" });

    assert.equal((await get(first.port)).body.release, "b");
  });
});

/** Looks until it is so. A process looks every 5 s. */
async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = systemClock.now() + 20_000; !(await isSo()); await sleep(systemClock, 50))
    assert.ok(systemClock.now() < end, "not within 20 s");
}
