import assert from "node:assert/strict";
import { once } from "node:events";
import { readdir, writeFile } from "node:fs/promises";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { DaemonDocument } from "../config/daemon.js";
import { openGenerations } from "./generations.js";
import { startOrigin } from "./origin.js";
import { isAlive, type StartedProxy, until } from "./start-proxy.js";

describe("a proxy that is killed", () => {
  it("leaves its pool, its settings and what it has counted to the next start, by its workers", async () => {
    await using parts = await setup();
    const { generations, first } = parts;
    const added = "http://127.0.0.1:1";
    for (let count = 0; count < 10; count += 1) assert.equal(await text(first), "ok");
    await until(async () => (await first.api("GET", "/stats")).body.client.success === 10);
    assert.equal((await first.api("POST", "/servers", { url: added, weight: 3 })).status, 201);
    assert.equal((await first.api("PATCH", "/servers/127.0.0.1:1", { draining: true })).status, 200);
    assert.equal((await first.api("PATCH", "/config", { drain: "7s" })).status, 200);
    // A worker that has come since knows it as well; with one worker, it is the one that is asked.
    const [worker] = await generations.workersOf(first.process.pid!);
    process.kill(worker!, "SIGKILL");
    await until(async () => (await first.workers()).some((pid) => pid !== worker));
    await generations.workersOf(first.process.pid!);
    first.process.kill("SIGKILL");
    await first.exited;
    const second = await generations.serve();

    const { servers } = (await second.api("GET", "/servers")).body;
    const row = servers.find(({ url }: { readonly url: string }) => url === added);
    assert.deepEqual([row?.weight, row?.state, row?.source], [3, "draining", "api"]);
    assert.equal((await second.api("GET", "/config")).body.drain, "7s");
    assert.equal((await second.api("GET", "/stats")).body.client.success, 10);
    assert.equal(await text(second), "ok");
  });
});

describe("a proxy that is killed in the middle of an upgrade", () => {
  it("while the new one gets ready: that takes over from the workers that are left", async () => {
    await using parts = await setup();
    const { generations, first } = parts;
    const held = await parts.heldWorkers();
    const launched = await generations.start({}, held.env);
    const workers = await generations.workersOf(first.process.pid!);
    await until(async () => (await generations.workersOf(launched.process.pid!)).length === 1);
    launched.process.kill("SIGSTOP");
    first.process.kill("SIGKILL");
    // One of its workers is quicker than the new one, and has the place.
    await until(async () => (await generations.serving()) === workers[0]);
    launched.process.kill("SIGCONT");
    await held.release();
    const second = await launched.serving;

    assert.equal(await text(second), "ok");
    assert.ok(second.log.some(({ msg }) => String(msg).startsWith("could not take over")));
    await until(() => !workers.some(isAlive));
    assert.deepEqual(await generations.phases(), ["serving"]);
  });

  it("before any of its workers has its place: the new one waits for that", async () => {
    await using parts = await setup({ listen: `127.0.0.1:${await freePort()}` });
    const { generations, first } = parts;
    const workers = await generations.workersOf(first.process.pid!);
    for (const pid of workers) process.kill(pid, "SIGSTOP");
    first.process.kill("SIGKILL");
    await first.exited;
    const launched = await generations.start();
    // It has come to look for whoever has the place.
    const isThere = (name: string) => name.startsWith(`${launched.process.pid}-`);
    await until(async () => (await readdir(join(generations.folder, "run"))).some(isThere));
    for (const pid of workers) process.kill(pid, "SIGCONT");
    const second = await launched.serving;

    assert.equal(await text(second), "ok");
    await until(() => !workers.some(isAlive));
  });

  it("on probation, while a third waits for its word: that serves in the end, and the first does not", async () => {
    await using parts = await setup({
      log: { level: "debug", format: "json" },
      handoff: { probation: "20s" },
    });
    const { generations, first } = parts;
    const second = await generations.serve();
    const third = await generations.start({ handoff: { probation: "200ms" } });
    // It has the sockets by then.
    await until(async () => (await generations.workersOf(third.process.pid!)).length === 1);
    // It does not hear that the third is ready, and both others learn of its death at once.
    second.process.kill("SIGSTOP");
    await until(() => third.log.some(({ msg }) => msg === "worker is prepared"));
    second.process.kill("SIGKILL");
    // Whichever is quicker has the place. If that is the first, the third takes over from it.
    const serving = await third.serving;
    assert.equal(await first.exited, 0);
    assert.equal(await text(serving), "ok");
    assert.equal(await generations.serving(), third.process.pid);
    await until(async () => (await generations.phases()).join() === "serving");
  });

  it("or is too slow to serve again in time: the new one serves on, and leaves when the old one does so after all", async () => {
    await using parts = await setup({ handoff: { probation: "20s" } });
    const { generations, first } = parts;
    const second = await generations.serve();
    first.process.kill("SIGSTOP");
    // With a worker lost the new one gives the addresses back, and gets no answer.
    for (const pid of await second.workers()) process.kill(pid, "SIGKILL");
    assert.equal(await text(second), "ok");
    first.process.kill("SIGCONT");

    assert.equal(await second.exited, 1);
    assert.equal(await text(first), "ok");
    assert.deepEqual(await generations.phases(), ["serving"]);
    assert.equal(await generations.serving(), first.process.pid);
  });
});

/** A proxy that serves, and a way to have the workers of others take their time. */
async function setup(defaults: DaemonDocument = {}) {
  const origin = await startOrigin((_, response) => response.end("ok"));
  const generations = await openGenerations({ servers: [{ url: origin.url }], ...defaults });
  const first = await generations.serve();
  return {
    generations,
    first,
    /** Variables that have every worker wait before its own code runs, until the file is there that is named. */
    async heldWorkers(): Promise<{
      readonly env: Readonly<Record<string, string>>;
      release(): Promise<void>;
    }> {
      const [file, signal] = [join(generations.folder, "hold.mjs"), join(generations.folder, "go")];
      const code = `import { existsSync } from "node:fs";
if (process.argv[2] === "worker")
  while (!existsSync(${JSON.stringify(signal)})) await new Promise((resolve) => setTimeout(resolve, 10));
`;
      await writeFile(file, code);
      return { env: { NODE_OPTIONS: `--import=${file}` }, release: () => writeFile(signal, "") };
    },
    async [Symbol.asyncDispose]() {
      await generations[Symbol.asyncDispose]();
      await origin[Symbol.asyncDispose]();
    },
  };
}

/** A port that nobody has now. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  await once(server.close(), "close");
  return port;
}

async function text({ port }: StartedProxy): Promise<string> {
  const sent = httpRequest({ port, host: "127.0.0.1", agent: false }).end();
  const [response] = (await once(sent, "response")) as [IncomingMessage];
  let body = "";
  for await (const chunk of response.setEncoding("latin1")) body += String(chunk);
  return body;
}
