import assert from "node:assert/strict";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { request as httpRequest } from "node:http";
import { join } from "node:path";
import { describe, it } from "node:test";
import { readHandoffStatus } from "millrace/handoff";
import { WebSocket, WebSocketServer } from "ws";
import type { DaemonDocument } from "../config/daemon.js";
import { type Generations, openGenerations } from "./generations.js";
import { startOrigin } from "./origin.js";
import { RawClient } from "./raw-client.js";
import { isAlive, type StartedProxy, until } from "./start-proxy.js";

describe("a new proxy that fails", () => {
  it("changes nothing when its configuration is wrong, or a certificate is missing", async () => {
    await using generations = await openGenerations();
    await using origin = await startOrigin((_, response) => response.end("ok"));
    const first = await generations.serve({ servers: [{ url: origin.url }] });
    const tls = { cert: "none.pem", key: "none.pem" };
    const wrong: readonly (readonly [DaemonDocument, RegExp])[] = [
      [{ limits: { head: "a lot" } }, /limits\.head: expected a size/],
      [{ listen: [{ address: "127.0.0.1:0", tls }] }, /the certificate for 127\.0\.0\.1:0 cannot be used/],
    ];
    for (const [document, message] of wrong) {
      const launched = await generations.start(document);
      await assert.rejects(launched.serving, message);
      assert.equal(await launched.exited, 2);
    }

    assert.equal(await text(first), "ok");
    assert.deepEqual(await generations.phases(), ["serving"]);
  });

  it("R8: changes nothing when its workers crash before they are ready", async () => {
    await using parts = await setup();
    const { generations, first } = parts;
    const launched = await generations.start({}, await parts.fault("process.exit(3)"));
    await assert.rejects(launched.serving, /a worker ended with status 3 before it was ready/);

    assert.equal(await launched.exited, 1);
    assert.equal(await text(first), "ok");
    assert.deepEqual(await generations.phases(), ["serving"]);
    assert.equal((await first.api("POST", "/servers", { url: "http://127.0.0.1:1" })).status, 201);
  });

  it("R13: is ended when it does not get ready in time", async () => {
    await using parts = await setup({ handoff: { ready: "1s" } });
    const { generations, first } = parts;
    const hanging = await parts.fault("await new Promise(() => setInterval(() => {}, 1_000))");
    const launched = await generations.start({}, hanging);
    await assert.rejects(launched.serving, /it was not ready within 1 s/);

    assert.equal(await launched.exited, 1);
    assert.equal(await text(first), "ok");
    assert.deepEqual(await generations.phases(), ["serving"]);
  });

  it("R14: gives the addresses back when it is killed in its probation, and its workers leave", async () => {
    await using parts = await setup({ workers: 2, handoff: { probation: "20s" } });
    const { generations, first, origin } = parts;
    await first.api("POST", "/servers", { url: "http://127.0.0.1:1" });
    const second = await generations.serve({ servers: [{ url: origin.url }] });
    const workers = await second.workers();
    using kept = await RawClient.connect(second.port);
    await ask(kept);
    second.process.kill("SIGKILL");
    await until(async () => (await generations.phases())[0] === "serving");
    // Its workers finish what they have.
    assert.match(await ask(kept), /Connection: close/);
    kept.socket.end();
    await until(() => !workers.some(isAlive));

    assert.equal(await text(first), "ok");
    assert.deepEqual(
      (await first.api("GET", "/servers")).body.servers.map(({ id }: { id: string }) => id),
      [`127.0.0.1:${origin.port}`, "127.0.0.1:1"],
    );
    assert.equal((await first.api("POST", "/servers", { url: "http://127.0.0.1:2" })).status, 201);
    const third = await generations.serve({ servers: [{ url: origin.url }] });
    assert.equal(await text(third), "ok");
  });

  it("R14: gives the addresses back by itself when one of its workers dies in its probation", async () => {
    await using parts = await setup({ handoff: { probation: "20s" } });
    const { generations, first } = parts;
    const second = await generations.start();
    const serving = await second.serving;
    process.kill((await serving.workers())[0]!, "SIGKILL");

    assert.equal(await second.exited, 1);
    assert.equal(await text(first), "ok");
    assert.deepEqual(await generations.phases(), ["serving"]);
    assert.ok(serving.log.some(({ msg }) => msg === "this proxy has failed; the one before serves again"));
  });

  it("R14: leaves its edits to the old one in the state file, which has one writer", async () => {
    await using parts = await setup({ state: "pool.json", handoff: { probation: "20s" } });
    const { generations, first } = parts;
    await first.api("POST", "/servers", { url: "http://127.0.0.1:1" });
    const second = await generations.serve();
    assert.equal((await second.api("DELETE", "/servers/127.0.0.1/1?drain=0s")).status, 200);
    assert.equal((await second.api("POST", "/servers", { url: "http://127.0.0.1:2" })).status, 201);
    assert.equal((await second.api("PATCH", "/config", { timeouts: { connect: "7s" } })).status, 200);
    second.process.kill("SIGKILL");
    await until(async () => (await first.api("GET", "/readyz").catch(() => ({ status: 0 }))).status === 200);
    await until(async () => idsOf(await first.api("GET", "/servers")).includes("127.0.0.1:2"));

    assert.equal((await first.api("GET", "/config")).body.timeouts.connect, "7s");
    await until(async () => !idsOf(await first.api("GET", "/servers")).includes("127.0.0.1:1"));
    assert.match(await readFile(join(generations.folder, "pool.json"), "utf8"), /127\.0\.0\.1:2/);
  });
});

describe("a manager that is killed", () => {
  it("leaves its workers serving, and the next one takes over from them", async () => {
    await using parts = await setup({ workers: 2 });
    const { generations, first } = parts;
    const workers = await first.workers();
    using kept = await RawClient.connect(first.port);
    await ask(kept);
    first.process.kill("SIGKILL");
    await first.exited;
    assert.equal(await text(first), "ok");
    await until(async () => (await generations.phases())[0] === "serving");
    assert.ok(workers.every(isAlive));
    const load = callAllTheTime(first);
    const second = await generations.serve();
    assert.equal(second.port, first.port);
    // An old worker learns of the next manager by looking: until then it serves its clients as before.
    await until(async () => /Connection: close/.test(await ask(kept)));
    kept.socket.end();
    await until(() => !workers.some(isAlive));

    assert.deepEqual(await load.failures(), []);
    assert.equal(await text(second), "ok");
    assert.equal((await second.workers()).length, 2);
  });

  it("is followed by the next of its workers when the first of them is killed too", async () => {
    await using parts = await setup({ workers: 2 });
    const { generations, first } = parts;
    first.process.kill("SIGKILL");
    await until(async () => (await generations.phases())[0] === "serving");
    const folder = join(generations.folder, "run");
    const regent = (await readHandoffStatus({ name: "proxy", folder })).generations[0]!.pid;
    process.kill(regent, "SIGKILL");
    await until(async () => {
      const status = await readHandoffStatus({ name: "proxy", folder }).catch(() => undefined);
      return status !== undefined && status.generations[0]!.pid !== regent;
    });

    assert.equal(await text(first), "ok");
    assert.equal(await text(await generations.serve()), "ok");
  });
});

describe("the old proxy, when the new one serves", () => {
  it("lets WebSockets go on until its time is over, and then cuts them", async () => {
    await using origin = await startOrigin((_, response) => response.end("ok"));
    const sockets = new WebSocketServer({ server: origin.server });
    sockets.on("connection", (socket) => socket.on("message", (data) => socket.send(data)));
    await using generations = await openGenerations({
      servers: [{ url: origin.url }],
      drain: "2s",
      handoff: { probation: "100ms" },
    });
    const first = await generations.serve();
    const socket = new WebSocket(`ws://127.0.0.1:${first.port}/`);
    await once(socket, "open");
    await generations.serve();
    await until(async () => (await generations.phases())[1] === "draining");
    socket.send("still here");
    assert.equal(String((await once(socket, "message"))[0]), "still here");
    const closed = once(socket, "close");

    assert.equal(await first.exited, 0);
    await closed;
    assert.ok(first.log.some(({ msg }) => msg === "connections were cut: their time was over"));
    for (const one of sockets.clients) one.terminate();
  });

  it("ends at a signal, and the new one serves on", async () => {
    await using parts = await setup({ handoff: { probation: "20s" } });
    const { generations, first } = parts;
    const second = await generations.serve();
    first.process.kill("SIGTERM");

    assert.equal(await first.exited, 0);
    assert.equal(await text(second), "ok");
    assert.deepEqual(await generations.phases(), ["serving"]);
  });

  it("leaves no workers behind when it is killed while it stands by", async () => {
    await using parts = await setup({ workers: 2, handoff: { probation: "20s" } });
    const { generations, first } = parts;
    const workers = await first.workers();
    using kept = await RawClient.connect(first.port);
    await ask(kept);
    const second = await generations.serve();
    first.process.kill("SIGKILL");
    await first.exited;
    assert.match(await ask(kept), /Connection: close/);
    kept.socket.end();
    await until(() => !workers.some(isAlive));

    assert.equal(await text(second), "ok");
  });
});

/** A proxy that serves, and a way to have the workers of others fail. */
async function setup(defaults: Parameters<typeof openGenerations>[0] = {}) {
  const origin = await startOrigin((_, response) => response.end("ok"));
  const generations: Generations = await openGenerations({ servers: [{ url: origin.url }], ...defaults });
  const first: StartedProxy = await generations.serve();
  return {
    origin,
    generations,
    first,
    /** Variables that have every worker run `code` before its own. */
    async fault(code: string): Promise<Readonly<Record<string, string>>> {
      const file = join(generations.folder, "fault.mjs");
      await writeFile(file, `if (process.argv[2] === "worker") {\n${code};\n}\n`);
      return { NODE_OPTIONS: `--import=${file}` };
    },
    async [Symbol.asyncDispose]() {
      await generations[Symbol.asyncDispose]();
      await origin[Symbol.asyncDispose]();
    },
  };
}

function idsOf({
  body,
}: {
  readonly body: { readonly servers: readonly { readonly id: string }[] };
}): string[] {
  return body.servers.map(({ id }) => id);
}

/** Calls on new connections, one after the other, until it is asked what failed. */
function callAllTheTime(proxy: StartedProxy) {
  const failures: string[] = [];
  let over = false;
  const calling = (async () => {
    while (!over) await text(proxy).catch((error: unknown) => failures.push(String(error)));
  })();
  return {
    async failures() {
      over = true;
      await calling;
      return failures;
    },
  };
}

async function ask(client: RawClient): Promise<string> {
  client.text = "";
  client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  await client.until(/\r\n\r\nok$/);
  return client.text;
}

async function text({ port }: StartedProxy): Promise<string> {
  const sent = httpRequest({ port, host: "127.0.0.1", agent: false }).end();
  const [response] = await once(sent, "response");
  let body = "";
  for await (const chunk of response.setEncoding("latin1")) body += String(chunk);
  return body;
}
