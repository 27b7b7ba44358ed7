import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { readdir, readFile, readlink } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { describe, it } from "node:test";
import { get } from "./clients.test.fixture.js";
import { hello } from "./hello.test.fixture.js";
import { openPrograms } from "./programs.test.fixture.js";

describe("tableflip", () => {
  it("takes IPv6 alone where that is meant, as does the next one", async () => {
    await using programs = await openPrograms();
    const options = { addresses: [0], network: "tcp6" } as const;
    const first = await programs.serve({ release: "a", ...options });
    const free = createServer().listen(first.port, "0.0.0.0");
    await once(free, "listening");
    const [address] = (await first.says("run")).addresses;
    assert.deepEqual([address.address, address.family], ["::", "IPv6"]);
    const second = await programs.serve({ release: "b", ...options });
    await first.exited;
    free.close();

    assert.equal(second.port, first.port);
  });

  it("tableflip inherit, dynamic port: several addresses of both kinds come in the order asked for", async () => {
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

  it("tableflip remove unix: the socket stays while somebody serves on it, and is removed by the last", async () => {
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

  it("tableflip PID file: names whoever serves, and is gone with the last", async () => {
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

  it("tableflip wait for parent: the new process hears when the old one has nothing left", async () => {
    await using programs = await openPrograms();
    const first = await programs.serve({ release: "a" });
    const slow = get(first.port, "/slow?ms=500");
    await first.says("slow");
    const second = await programs.serve({ release: "b" });
    await first.says("phase", { phase: "draining" });
    assert.equal(
      second.said.some(({ moment }) => moment === "end"),
      false,
    );
    assert.equal((await slow).body.release, "a");

    assert.deepEqual((await second.says("state", { moment: "end" })).state, { from: "a", moment: "end" });
    assert.equal(await first.exited, 0);
  });

  it("tableflip wait for parent: the old process is cut when its time is over", async () => {
    await using programs = await openPrograms({ drainMs: 400 });
    const first = await programs.serve({ release: "a" });
    const cut = assert.rejects(get(first.port, "/slow?ms=60000"));
    await first.says("slow");
    await programs.serve({ release: "b" });
    await cut;

    assert.equal((await first.says("cut")).connections, 1);
    assert.equal(await first.exited, 0);
  });

  it("tableflip clean exit: a new process that ends before it is ready changes nothing", async () => {
    await using programs = await openPrograms();
    const first = await programs.serve({ release: "a" });
    const second = programs.start({ release: "b", fault: "end-before-ready" });
    assert.equal(await second.exited, 0);

    assert.equal((await first.says("upgrade-failed")).reason, "it has ended");
    assert.equal((await get(first.port)).body.release, "a");
  });

  it("tableflip unclean exit: nor does one that fails", async () => {
    await using programs = await openPrograms();
    const first = await programs.serve({ release: "a" });
    const second = programs.start({ release: "b", fault: "crash-before-ready" });
    assert.equal(await second.exited, 3);

    assert.equal((await first.says("upgrade-failed")).reason, "it has ended");
    assert.equal((await get(first.port)).body.release, "a");
  });

  it("tableflip child kill: nor does one that is killed while it starts, and the next is taken at once", async () => {
    await using programs = await openPrograms();
    const first = await programs.serve({ release: "a" });
    const second = programs.start({ release: "b", fault: "hang" });
    await first.says("upgrade-started", { release: "b" });
    second.process.kill("SIGKILL");
    await first.says("upgrade-failed", { release: "b" });
    assert.equal((await get(first.port)).body.release, "a");
    await programs.serve({ release: "c" });

    assert.equal((await get(first.port)).body.release, "c");
  });

  it("tableflip ready: the old process serves until the new one says that it can", async () => {
    await using programs = await openPrograms();
    const first = await programs.serve({ release: "a" });
    const second = programs.start({ release: "b", fault: "ready-when-asked" });
    await second.says("waiting");
    assert.equal((await get(first.port)).body.release, "a");
    second.process.kill("SIGUSR1");
    await second.says("ready");

    assert.equal((await get(first.port)).body.release, "b");
    assert.equal(await first.exited, 0);
  });

  it("tableflip not ready: a process that does not serve yet has the next one wait until it does", async () => {
    await using programs = await openPrograms();
    const first = programs.start({ release: "a", fault: "ready-when-asked" });
    await first.says("waiting");
    const path = join(programs.folder, "run", "program.sock");
    const next = connect(path, () => next.write(`${JSON.stringify(hello)}\n`));
    next.setEncoding("utf8");
    assert.deepEqual(await once(next, "data"), ['{"type":"wait"}\n']);
    next.destroy();
    const second = programs.start({ release: "b" });
    first.process.kill("SIGUSR1");
    await first.says("ready");
    await second.says("ready");

    const [{ port }] = (await second.says("run")).addresses;
    assert.equal((await get(port)).body.release, "b");
    assert.equal(port, (await first.says("run")).addresses[0].port);
  });

  it("tableflip passed FDs: the new process has the very socket of the old one, and nothing else of it", {
    skip: process.platform !== "linux",
  }, async () => {
    await using programs = await openPrograms();
    const first = await programs.serve({ release: "a" });
    const listening = await listeningSocket(first.port);
    const before = await socketsOf(first.pid);
    const second = await programs.serve({ release: "b" });
    const after = await socketsOf(second.pid);
    await first.exited;

    assert.ok(before.includes(listening));
    assert.deepEqual([...new Set(after.filter((socket) => before.includes(socket)))], [listening]);
    assert.equal(await listeningSocket(first.port), listening);
  });

  it("tableflip packet: sockets of datagrams are refused, and it is said what is taken", async () => {
    await using programs = await openPrograms();
    const { message, code } = await programs.start({ addresses: ["udp:127.0.0.1:0"] }).says("error");

    assert.match(message, /expected a port, "host:port" or "unix:\/absolute\/path", found "?udp:127/);
    assert.equal(code, "invalid-options");
  });
});

/** The socket that listens on a port, as the system names it. */
async function listeningSocket(port: number): Promise<string> {
  const rows = (await readFile("/proc/net/tcp", "utf8")).split("\n").map((row) => row.trim().split(/\s+/));
  const hex = port.toString(16).toUpperCase().padStart(4, "0");
  const row = rows.find(([, local, , state]) => local?.endsWith(`:${hex}`) && state === "0A");
  return `socket:[${row?.[9]}]`;
}

async function socketsOf(pid: number): Promise<readonly string[]> {
  const files = await readdir(`/proc/${pid}/fd`);
  const links = await Promise.all(files.map((file) => readlink(`/proc/${pid}/fd/${file}`).catch(() => "")));
  return links.filter((link) => link.startsWith("socket:"));
}
