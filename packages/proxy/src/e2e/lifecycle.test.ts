import assert from "node:assert/strict";
import { once } from "node:events";
import { request as httpRequest, type IncomingMessage, type ServerResponse } from "node:http";
import { describe, it } from "node:test";
import { type Origin, startOrigin } from "./origin.js";
import { RawClient } from "./raw-client.js";
import { isAlive, type StartedProxy, type StartOptions, startProxy, until } from "./start-proxy.js";

describe("the proxy's workers", () => {
  it("are replaced when one is killed, and the others serve on", async () => {
    await using origin = await startOrigin((_, response) => response.end("ok"));
    await using proxy = await startProxy({ origins: [origin.url], workers: 2 });
    const before = await proxy.workers();
    const clients = await Promise.all(Array.from({ length: 40 }, () => RawClient.connect(proxy.port)));
    for (const client of clients) assert.match(await ask(client), /ok$/);
    process.kill(before[0]!, "SIGKILL");
    await until(async () => (await proxy.workers()).filter((pid) => pid !== before[0]).length === 2);
    const kept = clients.filter(({ over }) => over === undefined);
    for (const client of kept) assert.match(await ask(client), /ok$/);
    for (const client of clients) client[Symbol.dispose]();

    const after = await proxy.workers();
    assert.ok(after.includes(before[1]!) && !after.includes(before[0]!));
    assert.equal(await text(proxy), "ok");
    assert.equal(
      (await proxy.api("GET", "/workers")).body.workers.some(({ restarts }: Worker) => restarts === 1),
      true,
    );
  });

  it("serve on when nobody reads their access log any more", async () => {
    await using origin = await startOrigin((_, response) => response.end("ok"));
    await using proxy = await startProxy({
      origins: [origin.url],
      workers: 1,
      accessLog: { format: "common" },
    });
    const before = await proxy.workers();
    proxy.process.stdout!.destroy();
    using client = await RawClient.connect(proxy.port);
    for (let count = 0; count < 1_200; count += 1) assert.match(await ask(client), /ok$/);
    // So many lines are written at once, while the requests go on.
    await until(async () => (await proxy.api("GET", "/stats")).body.requests.total >= 1_200);
    assert.equal(await text(proxy), "ok");

    assert.deepEqual(await proxy.workers(), before);
  });

  it("serve on with what they know when the manager is killed, and stop when they are told to", async () => {
    await using origin = await startOrigin((_, response) => response.end("ok"));
    await using proxy = await startProxy({ origins: [origin.url], workers: 2 });
    const pids = await proxy.workers();
    proxy.process.kill("SIGKILL");
    assert.equal(await proxy.exited, "SIGKILL");
    try {
      const answers = await Promise.all(Array.from({ length: 8 }, () => text(proxy)));
      assert.deepEqual(new Set(answers), new Set(["ok"]));
    } finally {
      for (const pid of pids) process.kill(pid, "SIGTERM");
    }

    await until(() => !pids.some(isAlive));
    await assert.rejects(text(proxy), /ECONNREFUSED/);
  });
});

describe("the proxy, told to start again or to read its file", () => {
  it("serves on where it does not hand over", async () => {
    await using proxy = await startProxy({ handoff: false });
    proxy.process.kill("SIGUSR2");
    await until(() => proxy.log.some(({ msg }) => String(msg).startsWith("SIGUSR2 changes nothing")));

    assert.equal((await proxy.api("GET", "/readyz")).status, 200);
  });
});

describe("the proxy, told to stop", () => {
  it("finishes what runs, accepts nothing more, and ends well", async () => {
    await using parts = await startSlow({ accessLog: { format: "common" } });
    const { proxy } = parts;
    using idle = await RawClient.connect(proxy.port);
    const running = request(proxy);
    const response = await parts.asked;
    proxy.process.kill("SIGTERM");
    await idle.ended();
    idle.socket.end();
    await assert.rejects(text(proxy), /ECONNREFUSED|ECONNRESET/);
    response.end("finished");
    const { body, headers } = await running;

    assert.deepEqual([body, headers.connection], ["finished", "close"]);
    assert.equal(await proxy.exited, 0);
    assert.match(proxy.output, /"GET \/ HTTP\/1\.1" 200 8\n$/);
  });

  it("ends at once at the second signal", async () => {
    await using parts = await startSlow();
    const { proxy } = parts;
    const pids = await proxy.workers();
    const running = assert.rejects(request(proxy));
    await parts.asked;
    proxy.process.kill("SIGTERM");
    await until(() => proxy.log.some(({ signal }) => signal === "SIGTERM"));
    proxy.process.kill("SIGTERM");
    await running;

    assert.equal(await proxy.exited, 128 + 15);
    await until(() => !pids.some(isAlive));
  });

  it("cuts off what has not finished when its time is over", async () => {
    await using parts = await startSlow({ drain: "100ms" });
    const running = assert.rejects(request(parts.proxy));
    await parts.asked;
    parts.proxy.process.kill("SIGTERM");
    await running;

    assert.equal(await parts.proxy.exited, 0);
  });
});

describe("a server that is taken out of the pool", () => {
  it("finishes what runs on it, gets nothing new, and is gone then", async () => {
    await using parts = await startSlow();
    await using other = await startOrigin((_, response) => response.end("other"));
    const { proxy, origin } = parts;
    const running = request(proxy);
    const response = await parts.asked;
    await proxy.api("POST", "/servers?wait=applied", { url: other.url });
    const removal = await proxy.api("DELETE", `${path(origin)}?drain=10s&wait=applied`);
    assert.equal(removal.status, 202);
    for (let count = 0; count < 6; count += 1) assert.equal(await text(proxy), "other");
    response.end("finished");
    assert.equal((await running).body, "finished");

    await until(async () => (await proxy.api("GET", "/servers")).body.servers.length === 1);
  });

  it("is cut off at once when it shall not drain", async () => {
    await using parts = await startSlow();
    const { proxy, origin } = parts;
    const running = request(proxy);
    await parts.asked;
    const removal = await proxy.api("DELETE", `${path(origin)}?drain=0s&wait=applied`);

    assert.equal(removal.status, 200);
    assert.equal((await running).status, 503);
  });

  it("is cut off when its time is over", async () => {
    await using parts = await startSlow();
    const { proxy, origin } = parts;
    const running = request(proxy);
    await parts.asked;
    await proxy.api("DELETE", `${path(origin)}?drain=50ms`);

    assert.equal((await running).status, 503);
  });
});

interface Worker {
  readonly restarts: number;
}

/** A proxy with one origin that answers when the test does. */
async function startSlow(options: StartOptions = {}) {
  let asked!: (response: ServerResponse) => void;
  const first = new Promise<ServerResponse>((resolve) => (asked = resolve));
  const origin = await startOrigin((_, response) => asked(response));
  const proxy = await startProxy({ origins: [origin.url], ...options });
  return {
    origin,
    proxy,
    asked: first,
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]();
      await origin[Symbol.asyncDispose]();
    },
  };
}

async function ask(client: RawClient): Promise<string> {
  client.text = "";
  client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  await client.until(/\r\n\r\nok$/);
  return client.text;
}

async function request({ port }: StartedProxy) {
  const sent = httpRequest({ port, host: "127.0.0.1", agent: false }).end();
  const [response] = (await once(sent, "response")) as [IncomingMessage];
  let body = "";
  for await (const chunk of response.setEncoding("latin1")) body += String(chunk);
  return { status: response.statusCode, headers: response.headers, body };
}

async function text(proxy: StartedProxy): Promise<string> {
  return (await request(proxy)).body;
}

function path({ port }: Origin): string {
  return `/servers/127.0.0.1/${port}`;
}
