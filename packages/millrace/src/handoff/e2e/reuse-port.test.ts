import assert from "node:assert/strict";
import { Agent } from "node:http";
import { join } from "node:path";
import { describe, it } from "node:test";
import { reusesPorts } from "../handles/reuse-port.js";
import { readHandoffStatus } from "../status.js";
import { get, startLoad } from "./clients.test.fixture.js";
import { openPrograms } from "./programs.test.fixture.js";

const [major, minor] = process.versions.node.split(".").map(Number) as [number, number];
const promised =
  process.platform === "linux" &&
  (major > 23 || (major === 23 && minor >= 1) || (major === 22 && minor >= 12));

describe("a port that several processes listen on", () => {
  it("is found out about as Node promises it", () => {
    assert.equal(reusesPorts(), promised);
  });

  it("is refused where Node cannot do it, unless there is another way", { skip: promised }, async () => {
    await using programs = await openPrograms();
    const { message, code } = await programs.start({ ways: ["reuse-port"] }).says("error");
    assert.match(message, /handoff.ways: expected another way .* found reuse-port alone, on Node v/);
    assert.equal(code, "invalid-options");
    const first = await programs.serve({ release: "a", ways: ["reuse-port", "pass"] });
    await programs.serve({ release: "b", ways: ["reuse-port", "pass"] });

    assert.equal((await get(first.port)).body.release, "b");
  });

  it("is handed over, and a kept connection moves at its next request", { skip: !promised }, async () => {
    await using programs = await openPrograms({
      ways: ["reuse-port"],
      addresses: ["127.0.0.1:0", "127.0.0.1:0"],
    });
    const first = await programs.serve({ release: "a" });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    assert.equal((await get(first.port, "/", agent)).body.release, "a");
    const second = await programs.serve({ release: "b" });
    assert.equal(second.port, first.port);
    assert.equal((await get(first.port, "/", agent)).headers.connection, "close");
    assert.equal((await get(first.port, "/", agent)).body.release, "b");
    agent.destroy();
    await first.exited;
    const { generations } = await readHandoffStatus({
      name: "program",
      folder: join(programs.folder, "run"),
    });

    assert.deepEqual([generations[0]!.pid, generations[0]!.way], [second.pid, "reuse-port"]);
  });

  it("R14: is taken back from a new one that fails on probation", { skip: !promised }, async () => {
    await using programs = await openPrograms({ ways: ["reuse-port"], probationMs: 5_000 });
    const first = await programs.serve({ release: "a" });
    await using load = startLoad(first.port);
    assert.equal(await programs.start({ release: "b", fault: "exit-in-probation" }).exited, 4);
    await first.says("upgrade-failed");
    await load.stop();
    // Some may be lost with the queue of a socket that closes, but at any time there is one that listens.
    assert.doesNotMatch(String(load.failures), /ECONNREFUSED/);
    assert.deepEqual([...load.answers.keys()], ["a", "b"]);
    assert.equal((await get(first.port)).body.release, "a");
    await programs.start({ release: "c", fault: "crash-after-ready" }).exited;
    await first.says("upgrade-failed", { release: "c" });

    assert.equal((await get(first.port)).body.release, "a");
  });

  it("cannot be passed by a process that has it so", { skip: !promised }, async () => {
    await using programs = await openPrograms();
    const first = await programs.serve({ release: "a", ways: ["reuse-port"] });
    const { message } = await programs.start({ release: "b", ways: ["pass"] }).says("error");

    assert.match(message, /it hands over by reuse-port, not by pass/);
    assert.equal((await get(first.port)).body.release, "a");
  });
});
