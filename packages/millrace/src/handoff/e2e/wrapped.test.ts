import assert from "node:assert/strict";
import { type ChildProcessByStdio, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { describe, it } from "node:test";
import { readHandoffStatus } from "../status.js";
import { freePort, get, startLoad } from "./clients.test.fixture.js";

/** A server that knows nothing of hand-overs, and fails if it is told how. */
const server = `
import { createServer } from "node:http";
const [release, port, fault] = process.argv.slice(2);
const faults = {
  exit: () => process.exit(7),
  throw: () => { throw new Error("the cache is broken"); },
};
const server = createServer((_, response) => response.end(JSON.stringify({ release })));
server.listen(Number(port), "127.0.0.1", () => {
  process.stdout.write("listens ");
  if (fault) setTimeout(faults[fault], 200);
});
`;

/** The same with a worker, which answers at SIGUSR1 where it is asked to. */
const clustered = `
import cluster from "node:cluster";
import { createServer } from "node:http";
const [release, port] = process.argv.slice(2);
if (cluster.isPrimary) {
  const worker = cluster.fork();
  worker.once("listening", () => process.stdout.write(String(worker.process.pid)));
}
else createServer(({ url }, response) => {
  const answer = () => response.end(JSON.stringify({ release }));
  if (url !== "/held") return answer();
  process.once("SIGUSR1", answer);
  response.write(" ");
}).listen(Number(port), "127.0.0.1");
`;

const register = new URL("../register/index.js", import.meta.url).href;

describe("a program that is wrapped", () => {
  for (const [fault, code] of [
    ["exit", 7],
    ["throw", 1],
  ] as const) {
    it(`R8, R14: and fails on probation, by ${fault}, leaves the old one serving and fails no request`, async () => {
      await using programs = await openWrapped();
      const first = programs.start("a");
      await once(first.stdout, "data");
      await programs.untilServed();
      await using load = startLoad(programs.port);
      const second = programs.start("b", fault);
      assert.deepEqual(await once(second, "exit"), [code, null]);
      assert.equal((await get(programs.port)).body.release, "a");
      await load.stop();

      assert.deepEqual(load.failures, []);
      assert.ok(load.answers.has("b"));
    });
  }
});

describe("a server of a wrapped program", () => {
  it("whose port is a stranger's hears of it as of Node's own listen", async () => {
    await using programs = await openWrapped(`
      import { createServer } from "node:http";
      createServer().listen(Number(process.argv[3]), "127.0.0.1").on("error", ({ code, syscall, message }) => {
        process.stdout.write(JSON.stringify({ code, syscall, message }));
        process.exit(9);
      });
    `);
    const stranger = createServer();
    await new Promise<void>((resolve) => stranger.listen(programs.port, "127.0.0.1", resolve));
    const program = programs.start("a");
    const [text] = (await once(program.stdout, "data")) as [Buffer];
    const { code, syscall, message } = JSON.parse(String(text)) as Record<string, string>;
    stranger.close();

    assert.equal(code, "EADDRINUSE");
    assert.equal(syscall, "listen");
    assert.match(message!, /a program that does not take part in this hand-over listens there/);
  });

  for (const given of ["what?", "[]", '"off"', '{"drain":1}']) {
    it(`is not made where MILLRACE_HANDOFF is ${given}`, async () => {
      const { status, stderr } = spawnSync(process.execPath, ["--import", register, "--eval", "0"], {
        env: { ...process.env, MILLRACE_HANDOFF: given },
        encoding: "utf8",
      });

      assert.equal(status, 1);
      assert.match(stderr, /MILLRACE_HANDOFF: expected .*, found /);
    });
  }
});

/** A program that does something else before it serves: starts a process, a thread, or listens for its own. */
const busy = `
import { spawn } from "node:child_process";
import { createServer as createPlain } from "node:net";
import { createServer } from "node:http";
import { Worker, isMainThread } from "node:worker_threads";
import { rmSync } from "node:fs";
const [release, port, what] = process.argv.slice(2);
const serve = () => createServer((_, response) => response.end(JSON.stringify({ release })))
  .listen(Number(port), "127.0.0.1", () => process.stdout.write("serves "));
const listenPlain = (...where) => createPlain().on("error", (error) => {
  process.stdout.write("error " + error.message);
}).listen(...where, function () { process.stdout.write("helper:" + JSON.stringify(this.address()) + " "); });
if (what === "is-helper") setTimeout(() => listenPlain(0, "127.0.0.1"), 500).unref(), setTimeout(() => process.exit(0), 1500);
else if (what === "serves") serve(), process.stdin.resume().once("end", () => process.exit(0));
else if (!isMainThread) listenPlain(0, "127.0.0.1");
else {
  const path = process.cwd() + "/tool-" + process.pid + ".pipe";
  const start = (as) => spawn(process.execPath, ["--import", process.env.REGISTER, process.argv[1], release, port, as], { stdio: ["pipe", "inherit", "inherit"] });
  if (what === "helper") start("is-helper");
  if (what === "thread") new Worker(new URL(import.meta.url), { argv: [release, port] }).unref();
  if (what === "pipe") listenPlain(path).on("listening", () => start("serves"));
  else if (what === "relative") { createServer((_, response) => response.end(release)).listen("own.sock", serve).unref(); }
  else serve();
}
`;

describe("a wrapped program that", () => {
  for (const [what, does] of [
    ["helper", "has started a process that listens, too"],
    ["thread", "has a thread that listens, too"],
    ["pipe", "listens on a path of its own process, and has another one serve, as tsx does"],
    ["relative", "listens on a relative path"],
  ] as const) {
    it(`${does} hands over what it serves`, async () => {
      await using programs = await openWrapped(busy);
      const first = programs.start("a", what);
      let said = "";
      first.stdout.setEncoding("utf8").on("data", (text: string) => (said += text));
      await programs.untilServed();
      while (what !== "relative" && !said.includes("helper:"))
        await new Promise((resolve) => setImmediate(resolve));
      const second = programs.start("b", what);
      await once(second.stdout, "data");
      while ((await get(programs.port)).body.release !== "b")
        await new Promise((resolve) => setImmediate(resolve));

      assert.doesNotMatch(said, /error/);
      assert.deepEqual(await programs.generations(), [2, 1]);
    });
  }
});

describe("a program of node:cluster that is wrapped", () => {
  it("R1, R4: hands over with its workers, which answer what they have begun", async () => {
    await using programs = await openWrapped(clustered);
    const first = programs.start("a");
    const [worker] = (await once(first.stdout, "data")) as [Buffer];
    await programs.untilServed();
    const asked = request({ port: programs.port, host: "127.0.0.1", path: "/held", agent: false }).end();
    const [response] = (await once(asked, "response")) as [IncomingMessage];
    programs.start("b");
    // The old one has nothing left that it knows of.
    while ((await programs.generations()).join() !== "2")
      await new Promise((resolve) => setImmediate(resolve));
    process.kill(Number(worker), "SIGUSR1");
    let text = "";
    for await (const chunk of response) text += String(chunk);
    await once(first, "exit");

    assert.equal(JSON.parse(text).release, "a");
    assert.equal((await get(programs.port)).body.release, "b");
  });
});

async function openWrapped(program = server) {
  const folder = await mkdtemp(join(tmpdir(), "mr-wrapped-"));
  const file = join(folder, "server.mjs");
  await writeFile(file, program);
  const port = await freePort();
  const all: ChildProcessByStdio<null, Readable, null>[] = [];
  const options = {
    name: "server",
    folder: join(folder, "run"),
    probationMs: program === clustered ? 50 : 10_000,
  };
  const start = (release: string, fault = "") => {
    const child = spawn(process.execPath, ["--import", register, file, release, `${port}`, fault], {
      stdio: ["ignore", "pipe", "ignore"],
      cwd: folder,
      env: { ...process.env, MILLRACE_HANDOFF: JSON.stringify(options), REGISTER: register },
    });
    all.push(child);
    return child;
  };
  return {
    port,
    start,
    /** Those that still run, as far as whoever serves knows. */
    async generations() {
      const status = await readHandoffStatus(options).catch(() => undefined);
      return (status?.generations ?? []).map(({ generation }) => generation);
    },
    /** A wrapped program listens a moment before it lets anybody in. */
    async untilServed() {
      while (!(await get(port).catch(() => undefined))) await new Promise((resolve) => setImmediate(resolve));
    },
    async [Symbol.asyncDispose]() {
      const left = all.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null);
      for (const child of left) child.kill("SIGKILL");
      await Promise.all(left.map((child) => once(child, "exit")));
      await rm(folder, { recursive: true, force: true });
    },
  };
}
