import assert from "node:assert/strict";
import { once } from "node:events";
import { request as httpRequest, type IncomingMessage, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { after, before, describe, it } from "node:test";
import { type Handler, type Origin, startOrigin, startRawOrigin } from "./origin.js";
import { exchange, RawClient } from "./raw-client.js";
import { type StartedProxy, startProxy, until } from "./start-proxy.js";

const get = (path = "/") => `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`;

describe("the proxy, for content that takes its time", () => {
  let handle: Handler = () => {};
  let origin: Origin;
  let proxy: StartedProxy;
  before(async () => {
    origin = await startOrigin((request, response) => handle(request, response));
    proxy = await startProxy({ origins: [origin.url] });
  });
  after(async () => {
    await proxy[Symbol.asyncDispose]();
    await origin[Symbol.asyncDispose]();
  });

  it("delivers server-sent events as they come", async () => {
    let stream!: ServerResponse;
    handle = (_, response) => {
      stream = response.writeHead(200, { "content-type": "text/event-stream" });
      stream.flushHeaders();
    };
    using client = await RawClient.connect(proxy.port);
    client.send(get());
    await client.until(/text\/event-stream/);
    for (const event of ["first", "second", "third"]) {
      stream.write(`data: ${event}\n\n`);
      await client.until(new RegExp(`data: ${event}\n\n`));
    }
    stream.end();

    assert.match(await client.ended(), /\r\n0\r\n\r\n$/);
  });

  it("passes an upload on as it comes, and the answer beside it", async () => {
    handle = (request, response) => {
      request.setEncoding("latin1").on("data", (chunk: string) => response.write(`<${chunk}>`));
      request.on("end", () => response.end("."));
    };
    using client = await RawClient.connect(proxy.port);
    client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n");
    for (const piece of ["one", "two", "six"]) {
      client.send(`3\r\n${piece}\r\n`);
      await client.until(new RegExp(`<${piece}>`));
    }
    client.send("0\r\n\r\n");

    assert.match(await client.ended(), /\r\n1\r\n\.\r\n0\r\n\r\n$/);
  });

  it("passes an answer on that comes before the upload is over, and then closes", async () => {
    handle = (_, response) => response.writeHead(413, { connection: "close" }).end("too much");
    using client = await RawClient.connect(proxy.port);
    client.send(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n${"x".repeat(10_000)}`);
    const answer = await client.ended();

    assert.match(answer, /^HTTP\/1\.1 413 [\s\S]*Connection: close[\s\S]*too much/);
    assert.equal(client.over, "end");
  });

  it("closes the origin's connection when the client leaves in the middle of an answer", async () => {
    let gone!: Promise<unknown>;
    handle = (_, response) => {
      gone = once(response, "close");
      response.write("some");
    };
    const client = await RawClient.connect(proxy.port);
    client.send(get());
    await client.until(/some/);
    client.socket.resetAndDestroy();

    await gone;
  });

  it("closes the origin's connection when the client leaves in the middle of its upload", async () => {
    let arrived!: () => void;
    const begun = new Promise<void>((resolve) => (arrived = resolve));
    let failure!: Promise<unknown>;
    handle = (request) => {
      failure = once(request, "error");
      request.once("data", arrived);
    };
    const client = await RawClient.connect(proxy.port);
    client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nsome");
    await begun;
    client.socket.destroy();
    const [error] = (await failure) as [NodeJS.ErrnoException];

    assert.equal(error.code, "ECONNRESET");
  });

  it("answers a client that has closed its half after the request", async () => {
    handle = (_, response) => response.end("still here");
    using client = await RawClient.connect(proxy.port);
    client.socket.end(get(), "latin1");

    assert.match(await client.ended(), /still here/);
  });

  it("keeps little in memory for a client that does not read", async () => {
    let sent = 0;
    let stuck!: () => void;
    const full = new Promise<void>((resolve) => (stuck = resolve));
    const chunk = Buffer.alloc(1024 * 1024);
    handle = (_, response) => {
      response.writeHead(200);
      const write = () => {
        while (sent < 512) {
          sent += 1;
          if (!response.write(chunk)) {
            response.once("drain", write);
            return;
          }
        }
      };
      write();
      // It is stuck when nothing was taken for as long as many other requests took.
      void others(proxy, 50).then(stuck);
    };
    const before = await proxy.memory();
    using client = await RawClient.connect(proxy.port);
    client.socket.pause();
    client.send(get("/huge"));
    await full;
    const grown = (await proxy.memory()) - before;

    assert.ok(sent < 64, `${sent} MiB were taken from the origin`);
    assert.ok(grown < 40 * 1024 * 1024, `memory grew by ${grown} bytes`);
  });

  it("keeps little in memory for an origin that does not read", async () => {
    let begun!: () => void;
    const asked = new Promise<void>((resolve) => (begun = resolve));
    handle = (request) => {
      request.pause();
      begun();
    };
    const before = await proxy.memory();
    using client = await RawClient.connect(proxy.port);
    const length = 512 * 1024 * 1024;
    client.send(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${length}\r\n\r\n`);
    await asked;
    const chunk = Buffer.alloc(1024 * 1024);
    let sent = 0;
    let stuck = false;
    const write = () => {
      while (!stuck && sent < 512) {
        sent += 1;
        if (!client.socket.write(chunk)) {
          client.socket.once("drain", write);
          return;
        }
      }
    };
    write();
    await others(proxy, 50);
    stuck = true;
    const grown = (await proxy.memory()) - before;

    assert.ok(sent < 64, `${sent} MiB were taken from the client`);
    assert.ok(grown < 40 * 1024 * 1024, `memory grew by ${grown} bytes`);
  });
});

describe("the proxy, for an origin that breaks off", () => {
  const heads = {
    "a length": "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nsome",
    chunks: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nsome\r\n",
    "half a chunk": "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n8\r\nsome",
  };
  for (const [what, head] of Object.entries(heads)) {
    for (const how of ["ends", "resets"] as const) {
      it(`lets no answer of ${what} look whole when the origin ${how}`, async () => {
        let socket!: Socket;
        await using origin = await startRawOrigin((from) => {
          socket = from;
          socket.write(head);
        });
        await using proxy = await start(origin.url);
        using client = await RawClient.connect(proxy.port);
        client.send(get());
        await client.until(/some/);
        if (how === "ends") socket.end();
        else socket.resetAndDestroy();
        const text = await client.ended();

        assert.doesNotMatch(text, /\r\n0\r\n/);
        assert.equal(client.over, "reset");
      });
    }
  }

  it("counts it as a failure of the server", async () => {
    await using origin = await startRawOrigin((socket) => socket.end(heads["a length"]));
    await using proxy = await start(origin.url);
    await exchange(proxy.port, get());
    await until(async () => (await proxy.api("GET", "/stats")).body.client.failed === 1);
    const { body } = await proxy.api("GET", "/stats");

    assert.deepEqual(body.failures, { reset: 1 });
  });
});

function start(url: string): Promise<StartedProxy> {
  return startProxy({ origins: [url] });
}

/** Makes requests that the proxy answers itself. */
async function others(proxy: StartedProxy, count: number): Promise<void> {
  for (let made = 0; made < count; made += 1) {
    const request = httpRequest({ port: proxy.port, host: "127.0.0.1", method: "TRACE", agent: false }).end();
    const [response] = (await once(request, "response")) as [IncomingMessage];
    response.resume();
    await once(response, "end");
  }
}
