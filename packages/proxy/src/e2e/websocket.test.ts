import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { after, before, describe, it } from "node:test";
import { WebSocket, WebSocketServer } from "ws";
import { type Origin, startOrigin } from "./origin.js";
import { exchange, RawClient } from "./raw-client.js";
import { type StartedProxy, startProxy, until } from "./start-proxy.js";

describe("the proxy, for WebSockets", () => {
  let origin: Origin;
  let sockets: WebSocketServer;
  let proxy: StartedProxy;
  before(async () => {
    origin = await startOrigin((request, response) => response.end(`plain ${request.headers.upgrade}`));
    sockets = new WebSocketServer({ server: origin.server, maxPayload: 8 * 1024 * 1024 });
    sockets.on("connection", (socket) => {
      socket.on("message", (data, binary) => {
        if (String(data) === "leave") socket.close(4_001, "as you wish");
        else socket.send(data, { binary });
      });
    });
    proxy = await startProxy({ origins: [origin.url] });
  });
  after(async () => {
    await proxy[Symbol.asyncDispose]();
    for (const socket of sockets.clients) socket.terminate();
    await origin[Symbol.asyncDispose]();
  });

  it("passes text both ways", async () => {
    const socket = await open();
    const [data, binary] = await echo(socket, "grüße");

    assert.deepEqual([String(data), binary], ["grüße", false]);
    socket.terminate();
  });

  it("passes a mebibyte of bytes unchanged", async () => {
    const socket = await open();
    const bytes = randomBytes(1024 * 1024);
    const [data, binary] = await echo(socket, bytes);

    assert.equal(binary, true);
    assert.ok(bytes.equals(data as Buffer));
    socket.terminate();
  });

  it("passes messages on in order, however many", async () => {
    const socket = await open();
    const received: string[] = [];
    socket.on("message", (data) => received.push(String(data)));
    const sent = Array.from({ length: 1_000 }, (_, at) => `${at} ${"x".repeat(at % 300)}`);
    for (const message of sent) socket.send(message);
    await until(() => received.length === sent.length);

    assert.deepEqual(received, sent);
    socket.terminate();
  });

  it("passes pings and pongs", async () => {
    const socket = await open();
    socket.ping("are you there");
    const [data] = (await once(socket, "pong")) as [Buffer];

    assert.equal(String(data), "are you there");
    socket.terminate();
  });

  it("passes the code of whoever closes", async () => {
    const socket = await open();
    socket.send("leave");
    const [code, reason] = (await once(socket, "close")) as [number, Buffer];

    assert.deepEqual([code, String(reason)], [4_001, "as you wish"]);
    const other = await open();
    const heard = once([...sockets.clients].at(-1)!, "close");
    other.close(4_002, "enough");
    const [their] = (await heard) as [number];
    assert.equal(their, 4_002);
  });

  it("tells the origin when a client is gone without a word", async () => {
    const socket = await open();
    const heard = once([...sockets.clients].at(-1)!, "close");
    socket.terminate();
    const [code] = (await heard) as [number];

    assert.equal(code, 1_006);
  });

  it("carries many at a time, counts them, and keeps nothing of them", async () => {
    const many = await Promise.all(Array.from({ length: 100 }, open));
    const answers = await Promise.all(
      many.map(async (socket, at) => String((await echo(socket, `${at}`))[0])),
    );
    assert.deepEqual(
      answers,
      many.map((_, at) => `${at}`),
    );
    const row = async () => (await proxy.api("GET", "/stats/detail")).body.servers[0];
    await until(async () => (await row()).tunnels === 100);
    for (const socket of many) socket.close();

    await until(async () => (await row()).tunnels === 0 && (await row()).inFlight === 0);
  });

  it("passes on a refusal of the origin as an answer like any other", async () => {
    using client = await RawClient.connect(proxy.port);
    for (let count = 0; count < 2; count += 1) {
      client.text = "";
      client.send(handshake("websocket").replace("Version: 13", "Version: 777"));
      await client.until(/^HTTP\/1\.1 400 [\s\S]*Sec-WebSocket-Version/);
    }

    assert.equal(client.over, undefined);
  });

  it("asks for no other protocol than those allowed", async () => {
    const text = await exchange(
      proxy.port,
      "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings, close\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n",
    );

    assert.match(text, /plain undefined$/);
  });

  it("passes what a client sends right behind its handshake", async () => {
    using client = await RawClient.connect(proxy.port);
    // A masked text frame "hi" with the mask 0.
    client.send(`${handshake("websocket")}\x81\x82\0\0\0\0hi`);
    await client.until(/^HTTP\/1\.1 101 Switching Protocols\r\n[\s\S]*\r\n\r\n\x81\x02hi$/);
  });

  async function open(): Promise<WebSocket> {
    const socket = new WebSocket(`ws://127.0.0.1:${proxy.port}/socket`, { perMessageDeflate: false });
    await once(socket, "open");
    return socket;
  }
});

async function echo(socket: WebSocket, message: string | Buffer): Promise<[data: unknown, binary: boolean]> {
  socket.send(message);
  return (await once(socket, "message")) as [unknown, boolean];
}

function handshake(protocol: string): string {
  return (
    `GET /socket HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: ${protocol}\r\n` +
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
  );
}
