import assert from "node:assert/strict";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { Agent, request as httpRequest, type IncomingMessage, type ServerResponse } from "node:http";
import { Agent as SecureAgent, request as secureRequest } from "node:https";
import { join } from "node:path";
import { describe, it } from "node:test";
import { requestRestart } from "millrace/handoff";
import { WebSocket, WebSocketServer } from "ws";
import { certificate } from "./certificates.js";
import { openGenerations } from "./generations.js";
import { type Origin, startOrigin } from "./origin.js";
import { RawClient } from "./raw-client.js";
import { isAlive, type StartedProxy, until } from "./start-proxy.js";

describe("the proxy, started again", () => {
  it("R1: hands its addresses to the next one, with its workers, and leaves", async () => {
    await using origin = await startOrigin((_, response) => response.end("ok"));
    await using generations = await openGenerations({
      servers: [{ url: origin.url }],
      workers: 2,
      handoff: { probation: "5s" },
    });
    const first = await generations.serve();
    const workers = await first.workers();
    const second = await generations.serve();
    assert.deepEqual([second.port, second.adminPort], [first.port, first.adminPort]);
    assert.deepEqual(await generations.phases(), ["serving", "standby"]);
    assert.equal(await text(second), "ok");
    assert.equal(await first.exited, 0);
    await until(() => !workers.some(isAlive));
    assert.equal(await text(second), "ok");
    second.process.kill("SIGTERM");

    assert.equal(await second.exited, 0);
    await assert.rejects(text(second), /ECONNREFUSED/);
  });

  it("takes the pool along: servers, duties, settings, health, and edits that come while the next one starts", async () => {
    await using origin = await startOrigin((_, response) => response.end("ok"));
    await using generations = await openGenerations({ servers: [{ url: origin.url }] });
    const first = await generations.serve();
    await first.api("POST", "/servers", { url: "http://127.0.0.1:1", weight: 3 });
    await first.api("PATCH", "/servers/127.0.0.1:1", { draining: true });
    await first.api("PATCH", "/config", { timeouts: { connect: "7s" } });
    const { body: before } = await first.api("GET", "/servers");
    const launched = await generations.start();
    await first.api("POST", "/servers", { url: "http://127.0.0.1:2" });
    const second = await launched.serving;
    const { body: after } = await second.api("GET", "/servers");

    assert.deepEqual(after.servers.map(gist), [...before.servers.map(gist), "127.0.0.1:2 1 active api"]);
    assert.equal((await second.api("GET", "/config")).body.timeouts.connect, "7s");
    assert.ok(after.revision > before.revision);
  });

  it("follows its own configuration, as if the running one had read it", async () => {
    await using generations = await openGenerations();
    const first = await generations.serve({ servers: [{ url: "http://a" }, { url: "http://b" }] });
    await first.api("PATCH", "/servers/b:80", { draining: true });
    const second = await generations.serve({
      servers: [{ url: "http://b", weight: 2 }, { url: "http://c" }],
    });
    const shown = async () => (await second.api("GET", "/servers")).body.servers.map(gist) as string[];
    await until(async () => !(await shown()).some((server) => server.startsWith("a:80")));

    assert.deepEqual(await shown(), ["b:80 2 draining config", "c:80 1 active config"]);
  });

  it("R10: listens where its configuration says, though that be elsewhere than before", async () => {
    await using origin = await startOrigin((_, response) => response.end("ok"));
    await using generations = await openGenerations({ servers: [{ url: origin.url }] });
    const first = await generations.serve({ listen: "127.0.0.2:0" });
    const taken = `127.0.0.1:${origin.port}`;
    const refused = await generations.start({ listen: ["127.0.0.2:0", taken] });
    await assert.rejects(refused.serving, /cannot listen on 127\.0\.0\.1:\d+: a program .* listens there/);
    assert.equal(await refused.exited, 2);
    const second = await generations.serve({ listen: ["127.0.0.2:0", "127.0.0.3:0"] });
    const [same, added] = runningAt(second);
    assert.equal(same, first.port);
    assert.equal(await text({ port: same!, host: "127.0.0.2" }), "ok");
    assert.equal(await text({ port: added!, host: "127.0.0.3" }), "ok");
    assert.equal(await first.exited, 0);
    const third = await generations.serve({ listen: "127.0.0.3:0" });
    assert.equal(third.port, added);
    assert.equal(await text({ port: added!, host: "127.0.0.3" }), "ok");
    await until(async () => (await generations.phases()).length === 1);

    await assert.rejects(text({ port: same!, host: "127.0.0.2" }), /ECONNREFUSED/);
  });

  it("hands TLS on, and moves its kept connections too", async () => {
    await using origin = await startOrigin((_, response) => response.end("ok"));
    await using generations = await openGenerations({ servers: [{ url: origin.url }] });
    const files = { cert: join(generations.folder, "cert.pem"), key: join(generations.folder, "key.pem") };
    await writeFile(files.cert, certificate.cert);
    await writeFile(files.key, certificate.key);
    const document = { listen: [{ address: "127.0.0.1:0", tls: files }] };
    const first = await generations.serve(document);
    const agent = new SecureAgent({ keepAlive: true, maxSockets: 1, ca: certificate.cert });
    assert.equal((await secureCall(first.port, agent)).headers.connection, undefined);
    const second = await generations.serve(document);
    assert.equal((await secureCall(first.port, agent)).headers.connection, "close");
    assert.equal((await secureCall(second.port, agent)).headers.connection, undefined);
    agent.destroy();

    assert.equal(await first.exited, 0);
  });

  it("counts on from what the one before has counted, and never backwards", async () => {
    await using origin = await startOrigin((_, response) => response.end("ok"));
    await using generations = await openGenerations({ servers: [{ url: origin.url }] });
    const first = await generations.serve();
    const scraper = new Agent({ keepAlive: true, maxSockets: 1 });
    const totals: number[] = [];
    const scrape = async () => totals.push(await requestsTotal(first, scraper));
    for (let count = 0; count < 5; count += 1) await text(first);
    await scrape();
    const second = await generations.serve();
    await scrape();
    await text(second);
    await scrape();
    await first.exited;
    await scrape();
    scraper.destroy();

    assert.deepEqual(totals, [5, 5, 6, 6]);
    assert.equal((await second.api("GET", "/stats")).body.perSecond["1m"].requests > 0, true);
  });

  it("counts all that three generations in quick succession have served, each of them until its end", async () => {
    const begun: ServerResponse[] = [];
    await using origin = await startOrigin((request, response) => {
      if (request.url === "/slow") begun.push(response);
      else response.end("ok");
    });
    await using generations = await openGenerations({
      servers: [{ url: origin.url }],
      workers: 2,
      handoff: { probation: "100ms" },
    });
    const first = await generations.serve();
    const slow = [call(first.port, "/slow"), call(first.port, "/slow")];
    for (let count = 0; count < 3; count += 1) await text(first);
    await until(() => begun.length === 2);
    const second = await generations.serve();
    for (let count = 0; count < 4; count += 1) await text(second);
    const third = await generations.serve();
    // The second has nothing left to do. It is there until it knows what the first has done.
    await until(async () => (await generations.phases()).join() === "serving,draining,draining");
    await text(third);
    const total = async () => (await third.api("GET", "/stats")).body.requests.total as number;
    const before = await total();
    for (const response of begun) response.end("slow");
    await Promise.all(slow);
    assert.deepEqual([await first.exited, await second.exited], [0, 0]);

    assert.ok(before <= 3 + 4 + 1);
    assert.equal(await total(), 2 + 3 + 4 + 1);
  });

  it("R7: moves kept connections at their next request, and closes no idle one under it", async () => {
    await using origin = await startOrigin((_, response) => response.end("ok"));
    await using generations = await openGenerations({ servers: [{ url: origin.url }] });
    const first = await generations.serve();
    using kept = await RawClient.connect(first.port);
    await ask(kept, /ok$/);
    await generations.serve();
    assert.equal(kept.over, undefined);
    kept.text = "";
    const answer = await ask(kept, /ok$/);
    assert.match(answer, /\r\nConnection: close\r\n/);
    await kept.ended();
    kept.socket.end();

    assert.equal(await first.exited, 0);
  });

  it("refuses edits on connections that are still with the old one, and says when to come again", async () => {
    await using generations = await openGenerations();
    const first = await generations.serve();
    using client = await RawClient.connect(first.adminPort);
    client.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
    await client.until(/"revision"/);
    const second = await generations.serve();
    const body = JSON.stringify({ url: "http://127.0.0.1:1" });
    client.text = "";
    client.send(`POST /servers HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
    await client.until(/"message"/);

    assert.match(client.text, /^HTTP\/1\.1 503 /);
    for (const field of [/\r\nretry-after: 1\r\n/, /\r\nconnection: close\r\n/])
      assert.match(client.text, field);
    assert.deepEqual((await second.api("GET", "/servers")).body.servers, []);
    assert.equal((await second.api("POST", "/servers", JSON.parse(body))).status, 201);
  });

  it("restarts itself at SIGUSR2, and when it is asked to, and keeps its PID file right", async () => {
    await using origin = await startOrigin((_, response) => response.end("ok"));
    await using generations = await openGenerations({ servers: [{ url: origin.url }] });
    const pidFile = join(generations.folder, "proxy.pid");
    const first = await generations.serve({ handoff: { pidFile, probation: "200ms" } });
    const pid = async () => Number(await readFile(pidFile, "utf8"));
    assert.equal(await pid(), first.process.pid);
    first.process.kill("SIGUSR2");
    assert.equal(await first.exited, 0);
    const second = await pid();
    await requestRestart({ name: "proxy", folder: join(generations.folder, "run") });
    await until(async () => (await pid()) !== second && !isAlive(second));
    const third = await pid();
    assert.equal(await text(first), "ok");
    process.kill(third, "SIGTERM");

    await until(() => !isAlive(third));
  });
});

describe("the proxy under load", () => {
  it("R6: is replaced again and again, and no request fails", async () => {
    await using parts = await startEverything();
    const { generations, origin } = parts;
    const servers = [{ url: origin.url }];
    const first = await generations.serve({ servers, workers: 2, handoff: { probation: "100ms" } });
    const load = startLoad(first.port);
    const before = await load.answered(40);
    for (let count = 0; count < 4; count += 1) {
      await generations.serve({ servers, workers: 2, handoff: { probation: "100ms" } });
      await load.answered(40);
    }
    await load.stop();

    assert.deepEqual(load.failures, []);
    assert.ok(load.count > before + 100);
  });
});

/** Ports where clients connect. */
function runningAt({ log }: StartedProxy): number[] {
  const { addresses } = log.find(({ msg }) => msg === "proxy is running")!;
  return (addresses as { port: number }[]).map(({ port }) => port);
}

/** One line of what matters of a server. */
function gist({ id, weight, state, source }: Record<string, unknown>): string {
  return `${id} ${weight} ${state} ${source}`;
}

async function ask(client: RawClient, until: RegExp): Promise<string> {
  client.text = "";
  client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  await client.until(until);
  return client.text;
}

async function text({ port, host }: { readonly port: number; readonly host?: string }): Promise<string> {
  return (await call(port, "/", { host })).body;
}

async function requestsTotal({ adminPort }: StartedProxy, agent: Agent): Promise<number> {
  const { body } = await call(adminPort, "/metrics", { agent });
  return Number(/^millrace_requests_total\{[^}]*"200"\} (\d+)$/m.exec(body)?.[1] ?? 0);
}

interface CallOptions {
  readonly host?: string | undefined;
  readonly agent?: Agent | undefined;
  /** Pieces of 16 KiB that are sent, one after the other. */
  readonly pieces?: number | undefined;
}

async function call(port: number, path: string, { host, agent, pieces = 0 }: CallOptions = {}) {
  const sent = httpRequest({
    port,
    host: host ?? "127.0.0.1",
    path,
    agent: agent ?? false,
    method: pieces > 0 ? "POST" : "GET",
  });
  const answered = once(sent, "response");
  for (let left = pieces; left > 0; left -= 1) {
    sent.write(Buffer.alloc(16_384));
    await new Promise((resolve) => setImmediate(resolve));
  }
  sent.end();
  const [response] = (await answered) as [IncomingMessage];
  let body = "";
  for await (const chunk of response.setEncoding("latin1")) body += String(chunk);
  return { status: response.statusCode, headers: response.headers, body };
}

async function secureCall(port: number, agent: SecureAgent): Promise<IncomingMessage> {
  const sent = secureRequest({ port, host: "127.0.0.1", agent }).end();
  const [response] = (await once(sent, "response")) as [IncomingMessage];
  await once(response.resume(), "end");
  return response;
}

/** An origin for every kind of traffic, and room for proxies before it. */
async function startEverything() {
  const origin: Origin = await startOrigin(async (request, response) => {
    let bytes = 0;
    for await (const chunk of request) bytes += (chunk as Buffer).length;
    response.end(request.url === "/large" ? Buffer.alloc(1 << 18) : `took ${bytes}`);
  });
  const sockets = new WebSocketServer({ server: origin.server });
  sockets.on("connection", (socket) => socket.on("message", (data) => socket.send(data)));
  const generations = await openGenerations();
  return {
    origin,
    generations,
    async [Symbol.asyncDispose]() {
      await generations[Symbol.asyncDispose]();
      for (const socket of sockets.clients) socket.terminate();
      await origin[Symbol.asyncDispose]();
    },
  };
}

/** Callers of every kind that an upgrade could break, until they are told to stop. */
function startLoad(port: number) {
  const failures: string[] = [];
  let count = 0;
  let stopped = false;
  const kinds: Readonly<Record<string, (agent: Agent) => Promise<unknown>>> = {
    kept: (agent) => expect200(call(port, "/", { agent })),
    new: () => expect200(call(port, "/")),
    upload: (agent) => expect200(call(port, "/", { agent, pieces: 16 })),
    download: (agent) => expect200(call(port, "/large", { agent })),
    websocket: () => converse(port),
  };
  const run = async (kind: string) => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    while (!stopped) {
      try {
        await kinds[kind]!(agent);
        count += 1;
      } catch (error) {
        failures.push(`${kind}: ${String(error)}`);
      }
    }
    agent.destroy();
  };
  const running = ["kept", "kept", "new", "new", "upload", "download", "websocket"].map(run);
  return {
    failures,
    get count() {
      return count;
    },
    /** Settles once so many more calls have been answered; tells how many that makes. */
    async answered(more: number): Promise<number> {
      const wanted = count + more;
      await until(() => count >= wanted || failures.length > 0);
      return count;
    },
    async stop() {
      stopped = true;
      await Promise.all(running);
    },
  };
}

async function expect200(answer: Promise<{ readonly status: number | undefined }>): Promise<void> {
  const { status } = await answer;
  if (status !== 200) throw new Error(`status ${status}`);
}

/** A conversation of a few turns on a connection that was upgraded. */
async function converse(port: number): Promise<void> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/`);
  await once(socket, "open");
  for (let turn = 0; turn < 20; turn += 1) {
    const back = once(socket, "message");
    socket.send(`turn ${turn}`);
    await back;
  }
  socket.close();
  await once(socket, "close");
}
