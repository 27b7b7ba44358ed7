import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { readHandoffStatus, requestRestart } from "../status.js";
import { get } from "./clients.test.fixture.js";
import { isAlive, openPrograms, type Programs } from "./programs.test.fixture.js";

describe("a process that is told to stop", () => {
  it("before it has come to serve leaves the old one serving", async () => {
    await using programs = await openPrograms();
    const first = await programs.serve({ release: "a" });
    const second = programs.start({ release: "b", fault: "hang" });
    await second.says("run");
    second.process.kill("SIGTERM");
    await second.exited;
    await first.says("upgrade-failed");

    assert.equal((await get(first.port)).body.release, "a");
  });

  it("on probation ends the program: what has begun is answered, and the old one does not come back", async () => {
    await using programs = await openPrograms({ probationMs: 10_000 });
    const first = await programs.serve({ release: "a" });
    const ofFirst = get(first.port, "/slow?ms=500");
    await first.says("slow");
    const second = await programs.serve({ release: "b" });
    const ofSecond = get(first.port, "/slow?ms=500");
    await second.says("slow");
    second.process.kill("SIGTERM");
    assert.equal((await ofFirst).body.release, "a");
    assert.equal((await ofSecond).body.release, "b");

    assert.equal(await second.exited, 0);
    assert.equal(await first.exited, 0);
    await assert.rejects(get(first.port), /ECONNREFUSED/);
  });

  it("while it stands by answers what it has begun and leaves the new one serving", async () => {
    await using programs = await openPrograms({ probationMs: 10_000 });
    const first = await programs.serve({ release: "a" });
    const slow = get(first.port, "/slow?ms=500");
    await first.says("slow");
    await programs.serve({ release: "b" });
    first.process.kill("SIGTERM");
    assert.equal((await slow).body.release, "a");
    assert.equal(await first.exited, 0);

    assert.equal((await first.says("ending")).ending, "handed-over");
    assert.equal((await get(first.port)).body.release, "b");
  });

  it("in front of another tells that one, which answers what it has begun", async () => {
    await using programs = await openPrograms({ ways: ["forward"], probationMs: 10_000 });
    const first = await programs.serve({ release: "a" });
    const second = await programs.serve({ release: "b" });
    const slow = get(first.port, "/slow?ms=500");
    await second.says("slow");
    first.process.kill("SIGTERM");
    assert.equal((await slow).body.release, "b");

    assert.equal(await second.exited, 0);
    assert.equal(await first.exited, 0);
  });

  it("twice does not wait for connections, and says so by its exit code", async () => {
    await using programs = await openPrograms();
    const program = await programs.serve({ release: "a" });
    const cut = assert.rejects(get(program.port, "/slow?ms=60000"));
    await program.says("slow");
    program.process.kill("SIGTERM");
    await program.says("phase", { phase: "draining" });
    program.process.kill("SIGINT");
    await cut;

    assert.equal(await program.exited, 128 + 2);
  });
});

describe("a service manager", () => {
  it("learns of a new main process from the old one, once that has proven itself, and of the end", async () => {
    await using programs = await openPrograms({ probationMs: 100 });
    const { env, notices } = await fakeNotify(programs);
    const first = await programs.serve({ release: "a" }, env);
    const failing = programs.start({ release: "b", fault: "throw-in-probation", probationMs: 10_000 }, env);
    await failing.exited;
    await first.says("phase", { phase: "serving", before: "standby" });
    const third = await programs.serve({ release: "c" }, env);
    await first.exited;
    // The old one has ended: whatever it had to tell is told.
    const told = [
      `--ready --pid=${first.pid} --status=generation 1 serves`,
      "RELOADING=1 MONOTONIC_USEC=# --status=release b gets ready",
      "--ready --status=generation 1 serves; release b has failed",
      "RELOADING=1 MONOTONIC_USEC=# --status=release c gets ready",
      `--ready --pid=${third.pid} --status=release c serves`,
    ];
    assert.deepEqual(await notices(), told);
    third.process.kill("SIGTERM");
    await third.exited;

    assert.deepEqual(await notices(), [...told, `--pid=${third.pid} STOPPING=1`]);
  });

  it("learns at once of a reload that it asks for, by the time, and that what was started has ended", async () => {
    await using programs = await openPrograms();
    const { env, notices, times } = await fakeNotify(programs);
    const first = await programs.serve({ release: "a" }, env);
    const asked = process.hrtime.bigint() / 1_000n;
    // What it starts again is to end before it says hello.
    await chmod(join(programs.folder, "run"), 0o777);
    first.process.kill("SIGUSR2");
    const told = [
      `--ready --pid=${first.pid} --status=generation 1 serves`,
      "RELOADING=1 MONOTONIC_USEC=# --status=starting again",
      "--ready --status=generation 1 serves; what was started has ended",
    ];
    while ((await notices()).length < told.length) await get(first.port);

    assert.deepEqual(await notices(), told);
    const [at] = await times();
    assert.ok(at! > asked && at! < process.hrtime.bigint() / 1_000n, `${at} after ${asked}`);
  });

  it("hears it as datagrams", {
    skip: ["systemd-notify", "python3"].some((program) => spawnSync(program, ["--version"]).status !== 0),
  }, async () => {
    await using programs = await openPrograms({ probationMs: 100 });
    const path = join(programs.folder, "notify.sock");
    await using manager = await openDatagrams(path);
    const first = await programs.serve({ release: "a" }, { NOTIFY_SOCKET: path });
    const second = await programs.serve({ release: "b" }, { NOTIFY_SOCKET: path });
    await first.exited;
    second.process.kill("SIGTERM");
    await second.exited;

    const mains: readonly string[] =
      manager.heard().match(/MAINPID=\d+|READY=1|RELOADING=1|STOPPING=1|^MONOTONIC_USEC=\d{6}/gm) ?? [];
    assert.deepEqual(new Set(mains.slice(0, 2)), new Set(["READY=1", `MAINPID=${first.pid}`]));
    assert.equal(mains[2], "RELOADING=1");
    assert.match(mains[3]!, /^MONOTONIC_USEC/);
    assert.deepEqual(new Set(mains.slice(4, 6)), new Set(["READY=1", `MAINPID=${second.pid}`]));
    assert.ok(mains.indexOf("STOPPING=1") > 5);
  });
});

describe("process 1 of a container", () => {
  it("hands over by SIGUSR2, stays, and passes on that it is to stop", {
    skip: spawnSync("unshare", ["--pid", "--fork", "--mount-proc", "true"]).status !== 0,
  }, async () => {
    await using programs = await openPrograms();
    const folder = join(programs.folder, "run");
    const options = { name: "contained", folder, addresses: ["127.0.0.1:0"], probationMs: 50, release: "a" };
    const file = fileURLToPath(new URL("./program.test.fixture.js", import.meta.url));
    const container = spawn(
      "unshare",
      ["--pid", "--fork", "--mount-proc", "--kill-child", process.execPath, file, JSON.stringify(options)],
      { stdio: ["ignore", "pipe", "inherit"] },
    );
    let said = "";
    container.stdout.setEncoding("utf8").on("data", (text: string) => (said += text));
    const until = async (saying: string) => {
      while (!said.includes(saying)) await once(container.stdout, "data");
    };
    const exited = once(container, "exit");
    using _ended = { [Symbol.dispose]: () => void container.kill("SIGKILL") };
    await until('{"type":"ready"}');
    const inside = Number(await readFile(`/proc/${container.pid}/task/${container.pid}/children`, "utf8"));
    process.kill(inside, "SIGUSR2");
    await until('"phase":"ended"');
    const { generations } = await readHandoffStatus({ name: "contained", folder });
    assert.equal(generations[0]!.generation, 2);
    assert.notEqual(generations[0]!.pid, 1);
    process.kill(inside, "SIGTERM");

    assert.deepEqual(await exited, [0, null]);
  });
});

describe("a process", () => {
  it("starts itself again at SIGUSR2, and when it is asked to, with the same arguments", async () => {
    await using programs = await openPrograms({ probationMs: 50 });
    const pidFile = join(programs.folder, "program.pid");
    const first = await programs.serve({ release: "a", pidFile });
    // What it starts again has its output, too, so that stays open.
    const exited = once(first.process, "exit");
    first.process.kill("SIGUSR2");
    await exited;
    const second = Number(await readFile(pidFile, "utf8"));
    assert.notEqual(second, first.pid);
    await requestRestart({ name: "program", folder: join(programs.folder, "run") });
    while (isAlive(second)) await get(first.port);
    const { generations } = await readHandoffStatus({
      name: "program",
      folder: join(programs.folder, "run"),
    });
    process.kill(generations[0]!.pid, "SIGTERM");
    while (isAlive(generations[0]!.pid)) await new Promise((resolve) => setImmediate(resolve));

    assert.equal(generations[0]!.generation, 3);
  });

  it("stays for those who come after it, passes signals on, and ends when nobody serves", async () => {
    await using programs = await openPrograms({ probationMs: 50 });
    const first = await programs.serve({ release: "a", stay: true });
    const second = await programs.serve({ release: "b" });
    await first.says("phase", { phase: "ended" });
    assert.ok(isAlive(first.pid));
    while (isAlive(second.pid)) {
      first.process.kill("SIGTERM");
      await new Promise((resolve) => setImmediate(resolve));
    }
    // This one is for a process that it does not know to be dead.
    first.process.kill("SIGTERM");

    assert.equal(await first.exited, 0);
  });

  it("starts the next version at SIGUSR2 while it stays, though another serves", async () => {
    await using programs = await openPrograms({ probationMs: 50 });
    const first = await programs.serve({ release: "a", stay: true });
    // What it starts has its output, too, so that stays open.
    const exited = once(first.process, "exit");
    const serving = async () => {
      const question = { name: "program", folder: join(programs.folder, "run") };
      const { generations } = await readHandoffStatus(question);
      return generations[0]!.generation;
    };
    first.process.kill("SIGUSR2");
    await first.says("phase", { phase: "ended" });
    assert.equal(await serving(), 2);
    first.process.kill("SIGUSR2");
    while ((await serving()) < 3) await get(first.port);
    assert.ok(isAlive(first.pid));
    first.process.kill("SIGTERM");

    assert.deepEqual(await exited, [0, null]);
  });
});

/** A program in the place of `systemd-notify` that writes down what it is called with. */
async function fakeNotify(programs: Programs) {
  const bin = join(programs.folder, "bin");
  const file = join(programs.folder, "notified");
  await mkdir(bin);
  await writeFile(file, "");
  await writeFile(join(bin, "systemd-notify"), `#!/bin/sh\necho "$@" >> ${file}\n`);
  await chmod(join(bin, "systemd-notify"), 0o755);
  return {
    env: { NOTIFY_SOCKET: "/nowhere", PATH: `${bin}:${process.env["PATH"]}` },
    /** Without the times, which are told apart. */
    notices: async () =>
      (await readFile(file, "utf8"))
        .trim()
        .replaceAll(/USEC=\d+/g, "USEC=#")
        .split("\n"),
    times: async () =>
      [...(await readFile(file, "utf8")).matchAll(/USEC=(\d+)/g)].map(([, at]) => BigInt(at!)),
  };
}

/** Takes in the datagrams that come to `path`, which Node cannot. */
async function openDatagrams(path: string) {
  const script = `
import socket, sys
receiver = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
receiver.bind(sys.argv[1])
print("bound", flush=True)
while True: print(receiver.recv(65536).decode(), flush=True)
`;
  const child = spawn("python3", ["-c", script, path], { stdio: ["ignore", "pipe", "inherit"] });
  let heard = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (heard += text));
  while (!heard.includes("bound")) await once(child.stdout, "data");
  return {
    heard: () => heard,
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await once(child, "exit");
    },
  };
}
