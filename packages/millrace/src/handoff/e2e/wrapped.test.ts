import assert from "node:assert/strict";
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { describe, it } from "node:test";
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

async function openWrapped() {
  const folder = await mkdtemp(join(tmpdir(), "mr-wrapped-"));
  const file = join(folder, "server.mjs");
  await writeFile(file, server);
  const port = await freePort();
  const all: ChildProcessByStdio<null, Readable, null>[] = [];
  const options = { name: "server", folder: join(folder, "run"), probationMs: 10_000 };
  const start = (release: string, fault = "") => {
    const child = spawn(process.execPath, ["--import", register, file, release, `${port}`, fault], {
      stdio: ["ignore", "pipe", "ignore"],
      env: { ...process.env, MILLRACE_HANDOFF: JSON.stringify(options) },
    });
    all.push(child);
    return child;
  };
  return {
    port,
    start,
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
