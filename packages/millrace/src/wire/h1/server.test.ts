import assert from "node:assert/strict";
import { once } from "node:events";
import { request as nodeRequest } from "node:http";
import { request as nodeSecureRequest } from "node:https";
import {
  type AddressInfo,
  connect,
  createServer as createListener,
  type Server,
  type Socket,
} from "node:net";
import { afterEach, describe, it } from "node:test";
import { createServer as createSecureListener } from "node:tls";
import { createDeferred } from "../../base/deferred.js";
import { good, key } from "../../channel/tls/certificates.test.fixture.js";
import { CallControl } from "../../service/context.js";
import { BytesBody, emptyBody, readAll } from "../http/body.js";
import { requestTo } from "../proof/client-side.js";
import { type Handler, respond, serviceOf } from "../proof/server-side.js";
import { SocketStream } from "../stream/socket-stream.js";
import { ClientConnection } from "./client-connection.js";
import { clientSettings } from "./client-settings.js";
import { createServer, type HttpServer, type ServeOptions } from "./server.js";

const get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const mebibyte = 1024 * 1024;
const open: AsyncDisposable[] = [];

describe("createServer", () => {
  afterEach(async () => {
    for (const one of open.splice(0).reverse()) await one[Symbol.asyncDispose]();
  });

  it("serves Node's own client over TCP and TLS", async () => {
    for (const secure of [false, true]) {
      const { port } = await listen((request) => respond(200, request.body), { secure });
      const send = secure ? nodeSecureRequest : nodeRequest;
      const request = send({
        port,
        method: "POST",
        headers: { "transfer-encoding": "chunked" },
        rejectUnauthorized: false,
      });
      request.end("x".repeat(300_000));
      const [response] = (await once(request, "response")) as [AsyncIterable<Buffer>];
      let bytes = 0;
      for await (const chunk of response) bytes += chunk.length;

      assert.equal(bytes, 300_000);
      await closeAll();
    }
  });

  it("closes listeners and idle connections, and lets requests in progress finish", async () => {
    const [began, answer] = [createDeferred<undefined>(), createDeferred<undefined>()];
    const { port, server, listener } = await listen(async (request) => {
      if (request.target.path === "/slow") {
        began.resolve(undefined);
        await answer.promise;
      }
      return respond(200, BytesBody.ofText("done"));
    });
    const [idle, busy] = [await dial(port), await dial(port)];
    idle.write(get);
    await once(idle, "data");
    busy.write(get.replace("/", "/slow"));
    await began.promise;
    const closing = server.close();
    await once(idle, "end");
    assert.equal(listener.listening, false);
    assert.equal(server.connections >= 1, true);
    answer.resolve(undefined);
    const [response] = (await once(busy, "data")) as [Buffer];
    busy.end();
    idle.end();
    await closing;

    assert.match(response.toString(), /Connection: close\r\n[\s\S]*done$/);
    assert.equal(server.connections, 0);
  });

  it("drops what is left at the deadline of its close", async () => {
    const { port, server } = await listen(() => new Promise(() => undefined));
    const busy = await dial(port);
    busy.on("error", () => undefined).write(get);
    while (server.connections === 0) await turn();
    const gone = once(busy, "close");
    await server.close(20);

    await gone;
    assert.equal(server.connections, 0);
  });

  it("turns connections away when there are too many", async () => {
    const { port, server } = await listen(() => respond(200), { maxConnections: 1 });
    const first = await dial(port);
    first.write(get);
    await once(first, "data");
    const second = await dial(port);
    second.on("error", () => undefined).resume();
    await once(second, "close");

    assert.equal(server.refused, 1);
    assert.equal(server.accepted, 1);
    first.destroy();
  });

  it("gives changed options to connections that are open", async () => {
    const { port, server } = await listen(() => respond(200));
    const socket = await dial(port);
    socket.write(get);
    await once(socket, "data");
    server.configure({ limits: { headBytes: 100 } });
    socket.write(get.replace("Host", `X: ${"x".repeat(100)}\r\nHost`));
    const [answer] = (await once(socket, "data")) as [Buffer];

    assert.match(answer.toString("latin1"), /^HTTP\/1\.1 431 /);
    socket.destroy();
  });

  it("echoes 64 MiB, holding little of it", async () => {
    const { port } = await listen((request) => respond(200, request.body));
    // The client's own garbage makes the process grow: the first time shows how much of it is usual.
    await echoThrough(port, 64 * mebibyte);
    const most = await echoThrough(port, 64 * mebibyte);

    assert.ok(most < 48 * mebibyte, `grew by ${most >> 20} MiB`);
  });

  it("waits for a reader that has stopped, with little of the response in hand", async () => {
    const { port, server } = await listen((request) => respond(200, request.body));
    const client = await dial(port);
    client.pause();
    const sent = 32 * mebibyte;
    client.write(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${sent}\r\n\r\n`);
    const piece = Buffer.alloc(mebibyte);
    for (let at = 0; at < sent; at += piece.length) client.write(piece);
    let before = -1;
    for (let still = 0; still < 50; ) {
      await turn();
      still = client.writableLength === before ? still + 1 : 0;
      before = client.writableLength;
    }
    assert.ok(before > 8 * mebibyte, `${before} bytes are still with the client`);
    let bytes = 0;
    client.on("data", (chunk: Buffer) => (bytes += chunk.length));
    client.resume();
    while (bytes < sent) await turn();

    assert.equal(server.connections, 1);
    client.destroy();
  });

  it("keeps bodies apart that arrive at once on connections whose reading is held back", async () => {
    const { port } = await listen(async (request) => {
      await turn();
      return respond(200, request.body);
    });
    const size = 400_000;
    const clients = await Promise.all(Array.from({ length: 8 }, () => dial(port)));
    const answers = clients.map(async (client, index) => {
      const letter = String.fromCharCode(97 + index);
      // The second request is found in what was sent ahead, so its body begins outside of a read.
      client.write(`${get}POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${size}\r\n\r\n`);
      for (let at = 0; at < size; at += 50_000) {
        client.write(letter.repeat(50_000));
        await turn();
      }
      let text = "";
      client.on("data", (chunk: Buffer) => (text += chunk.toString("latin1")));
      while (
        !text.includes(`Content-Length: ${size}`) ||
        text.length - text.lastIndexOf("\r\n\r\n") - 4 < size
      )
        await turn();
      client.destroy();
      return text.slice(-size) === letter.repeat(size);
    });

    assert.deepEqual(
      await Promise.all(answers),
      clients.map(() => true),
    );
  });

  it("holds 5,000 idle connections and forgets them all", async () => {
    const { port, server } = await listen(() => respond(200));
    const clients: Socket[] = [];
    for (let batch = 0; batch < 50; batch++) {
      clients.push(...(await Promise.all(Array.from({ length: 100 }, () => dial(port)))));
    }
    while (server.connections < 5_000) await turn();
    const last = clients.at(-1)!;
    last.write(get);
    await once(last, "data");
    for (const client of clients) client.destroy();
    while (server.connections > 0) await turn();

    assert.equal(server.accepted, 5_000);
  });

  it("serves our own client, upload and download at once", async () => {
    const { port } = await listen(async (request) => respond(200, BytesBody.of(await readAll(request.body))));
    const stream = SocketStream.connect((onread) =>
      connect({ port, host: "127.0.0.1", onread, allowHalfOpen: true }),
    );
    const connection = new ClientConnection(stream, clientSettings());
    for (const length of [0, 1, 16_384, 16_385, 1_000_000]) {
      const body = length === 0 ? emptyBody : BytesBody.of(Buffer.alloc(length, 7));
      const response = await connection.call(requestTo("/", { method: "POST", body }), new CallControl());

      assert.equal((await readAll(response.body)).length, length);
    }
    connection.destroy();
  });
});

interface Listening {
  readonly port: number;
  readonly server: HttpServer;
  readonly listener: Server;
}

async function listen(
  handle: Handler,
  options: ServeOptions & { readonly secure?: boolean } = {},
): Promise<Listening> {
  const server = createServer(serviceOf(handle), options);
  const listener = options.secure ? createSecureListener({ cert: good, key }) : createListener();
  server.attach(listener);
  listener.listen(0, "127.0.0.1", 4_096);
  await once(listener, "listening");
  open.push({ [Symbol.asyncDispose]: () => server.close(1) });
  return { port: (listener.address() as AddressInfo).port, server, listener };
}

async function closeAll(): Promise<void> {
  for (const one of open.splice(0)) await one[Symbol.asyncDispose]();
}

async function dial(port: number): Promise<Socket> {
  const socket = connect({ port, host: "127.0.0.1" });
  await once(socket, "connect");
  return socket;
}

/** Lets the process look at its sockets once. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Sends so many bytes and checks what comes back; gives the most that the process grew meanwhile, in bytes. */
async function echoThrough(port: number, sent: number): Promise<number> {
  const request = nodeRequest({ port, method: "POST", headers: { "content-length": sent } });
  const piece = Buffer.alloc(mebibyte, "abcdefgh");
  const before = process.memoryUsage.rss();
  const writing = (async () => {
    for (let at = 0; at < sent; at += piece.length) if (!request.write(piece)) await once(request, "drain");
    request.end();
  })();
  const [response] = (await once(request, "response")) as [AsyncIterable<Buffer>];
  let bytes = 0;
  let most = 0;
  for await (const chunk of response) {
    assert.equal(chunk[0], "abcdefgh".charCodeAt(bytes % 8));
    bytes += chunk.length;
    most = Math.max(most, process.memoryUsage.rss() - before);
  }
  await writing;
  assert.equal(bytes, sent);
  return most;
}
