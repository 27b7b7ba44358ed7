import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { Agent } from "node:http";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { describe, it } from "node:test";
import { readHandoffStatus } from "../status.js";
import { exchange, get, startLoad } from "./clients.test.fixture.js";
import { isAlive, openPrograms } from "./programs.test.fixture.js";

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
    const ofFirst = get(first.port, "/slow?ms=700");
    await first.says("slow");
    const second = await programs.serve({ release: "b" });
    const ofSecond = get(first.port, "/slow?ms=900");
    await second.says("slow");
    const third = await programs.serve({ release: "c" });
    assert.equal((await get(first.port)).body.release, "c");
    assert.equal((await ofFirst).body.release, "a");
    await first.exited;
    assert.ok(isAlive(second.pid));
    assert.equal((await ofSecond).body.release, "b");
    await second.exited;

    assert.deepEqual(
      (await readHandoffStatus({ name: "program", folder: join(programs.folder, "run") })).generations.map(
        ({ release, pid }) => [release, pid],
      ),
      [["c", third.pid]],
    );
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

  it("R13: that is never ready is ended when its time is over, and the old one serves on", async () => {
    await using programs = await openPrograms({ readyMs: 300 });
    const first = await programs.serve({ release: "a" });
    const second = programs.start({ release: "b", fault: "hang" });
    assert.match((await first.says("upgrade-failed")).reason, /not ready within 0.3 s/);
    await second.exited;

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

describe("the control socket", () => {
  it("R9: a peer that says nothing, and one that says nonsense, keep nobody from an upgrade", async () => {
    await using programs = await openPrograms();
    const first = await programs.serve({ release: "a" });
    const path = join(programs.folder, "run", "program.sock");
    const silent = Array.from({ length: 8 }, () => connect(path));
    const babbling = connect(path, () => babbling.write("what?\n"));
    const endless = connect(path, () => endless.write("x".repeat(100_000)));
    for (const socket of silent) socket.on("error", () => undefined);
    for (const socket of [babbling, endless]) {
      socket.on("error", () => undefined);
      await once(socket.resume(), "close");
    }
    await programs.serve({ release: "b" });
    await first.exited;
    for (const socket of silent) socket.destroy();

    assert.equal((await get(first.port)).body.release, "b");
    const refusals = first.said
      .filter(({ type }) => type === "refused")
      .map(({ reason }) => reason as string);
    assert.match(refusals[0]!, /a line that is not JSON/);
    assert.match(refusals[1]!, /more than 65536 bytes/);
  });

  it("is this user's alone", async () => {
    await using programs = await openPrograms();
    await programs.serve();
    const folder = join(programs.folder, "run");
    const { lstatSync } = await import("node:fs");

    assert.equal(lstatSync(folder).mode & 0o777, 0o700);
    assert.equal(lstatSync(join(folder, "program.sock")).mode & 0o777, 0o600);
  });

  it("R5: is found empty whatever lies there: nothing, or a socket that nobody listens on", async () => {
    const { openPlace } = await import("../control/place.js");
    await using programs = await openPrograms();
    const folder = join(programs.folder, "run");
    const place = await openPlace(folder, "program");
    assert.equal(await place.dial(), undefined);
    const first = await programs.serve();
    (await place.dial())!.destroy();
    first.process.kill("SIGKILL");
    await first.exited;

    assert.equal(await place.dial(), undefined);
  });
});

describe("bad input", () => {
  it("R10: other addresses than the running process has are refused, which serves on", async () => {
    await using programs = await openPrograms();
    const first = await programs.serve({ release: "a" });
    const second = programs.start({ release: "b", addresses: ["127.0.0.1:0", "127.0.0.1:0"] });
    const { message, code } = await second.says("error");

    assert.match(message, /it listens on 127.0.0.1:0, not on 127.0.0.1:0, 127.0.0.1:0; start with the same/);
    assert.equal(code, "invalid-options");
    assert.equal((await get(first.port)).body.release, "a");
  });

  it("an address that a stranger has is said to be a stranger's", async () => {
    await using programs = await openPrograms();
    const stranger = createServer();
    await new Promise<void>((resolve) => stranger.listen(0, "127.0.0.1", resolve));
    const { port } = stranger.address() as { port: number };
    const program = programs.start({ addresses: [`127.0.0.1:${port}`] });
    const { message, code } = await program.says("error");
    stranger.close();

    assert.match(message, /a program that does not take part in this hand-over listens there; stop it/);
    assert.equal(code, "invalid-options");
  });

  it("a control folder that is open to others, or cannot be written to, is refused", async () => {
    await using programs = await openPrograms();
    const open = join(programs.folder, "open");
    await mkdir(open);
    await chmod(open, 0o755);
    const file = join(programs.folder, "file");
    await writeFile(file, "");

    assert.match(
      (await programs.start({ folder: open }).says("error")).message,
      /open to other users; make it private/,
    );
    assert.match(
      (await programs.start({ folder: join(file, "x") }).says("error")).message,
      /cannot be written to/,
    );
    assert.match(
      (await programs.start({ folder: file }).says("error")).message,
      /choose another with the option folder/,
    );
  });

  it("another version of the protocol is refused by name", async () => {
    await using programs = await openPrograms();
    const first = await programs.serve({ release: "a" });
    const socket = connect(join(programs.folder, "run", "program.sock"));
    const hello = {
      type: "hello",
      protocol: 99,
      name: "program",
      release: "z",
      pid: 1,
      host: "",
      addresses: [],
      ways: ["pass"],
      probationMs: 0,
    };
    socket.write(`${JSON.stringify(hello)}\n`);
    const [answer] = (await once(socket.setEncoding("utf8"), "data")) as [string];
    socket.destroy();

    assert.match(answer, /it speaks version 1 of the protocol, not 99; stop it first/);
    assert.equal((await get(first.port)).body.release, "a");
  });

  it("a control socket that may not be connected to says so", {
    skip: process.getuid?.() === 0,
  }, async () => {
    await using programs = await openPrograms();
    await programs.serve({ release: "a" });
    await chmod(join(programs.folder, "run", "program.sock"), 0);

    assert.match(
      (await programs.start({ release: "b" }).says("error")).message,
      /no permission to connect to it/,
    );
  });
});

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
