import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { type AddressInfo, createServer as createTcpServer, type Server, Socket } from "node:net";
import { describe, it } from "node:test";
import { setImmediate } from "node:timers/promises";
import { createSecureContext, createServer, type TLSSocket } from "node:tls";
import { isMillraceError } from "../../base/errors.js";
import { Scope } from "../../base/scope.js";
import { VirtualClock } from "../../testing/virtual-clock.js";
import type { SocketStream } from "../../wire/stream/socket-stream.js";
import { expired, good, key } from "../tls/certificates.test.fixture.js";
import type { TlsHandshake } from "../tls/client-tls.js";
import { createTcpConnector } from "./tcp.js";
import { createTlsConnector, type TlsOptions } from "./tls.js";

describe("createTlsConnector", () => {
  it("connects to a server whose certificate is for the address", async () => {
    await using peer = await serve(good);
    const stream = await peer.connector().connect();

    assert.equal(stream.peer.encrypted, true);
    assert.equal(stream.peer.port, peer.port);
    stream.destroy();
  });

  it("asks for HTTP/1.1, and for the server by its name", async () => {
    await using peer = await serve(good);
    const stream = await peer.connector({ identity: "localhost" }).connect();
    const socket = await peer.accepted;
    stream.destroy();

    assert.equal(socket.alpnProtocol, "http/1.1");
    assert.equal(socket.servername, "localhost");
  });

  it("asks for no name where there is only an address", async () => {
    await using peer = await serve(good);
    const stream = await peer.connector().connect();
    const socket = await peer.accepted;
    stream.destroy();

    assert.equal(socket.servername, false);
  });

  it("tells of handshakes, and of those that go on with a session", async () => {
    await using peer = await serve(good);
    const heard: TlsHandshake[] = [];
    const connector = peer.connector({ onHandshake: (handshake) => heard.push(handshake) });
    for (let nth = 0; nth < 2; nth += 1) {
      const stream = (await connector.connect()) as SocketStream;
      // The ticket comes with the first data.
      if (nth === 0) await once(stream.socket, "session");
      stream.destroy();
    }

    assert.deepEqual(
      heard.map(({ target, protocol, resumed }) => [target, protocol, resumed]),
      [
        [`127.0.0.1:${peer.port}`, "TLSv1.3", false],
        [`127.0.0.1:${peer.port}`, "TLSv1.3", true],
      ],
    );
    assert.match(heard[0]!.cipher, /^TLS_/);
  });

  it("sends small writes at once", async (context) => {
    await using peer = await serve(good);
    const setNoDelay = context.mock.method(Socket.prototype, "setNoDelay");
    const stream = await peer.connector().connect();
    const { socket } = stream as SocketStream;
    const set = setNoDelay.mock.calls.filter(({ this: of }) => of === socket);
    stream.destroy();

    assert.deepEqual(
      set.map(({ arguments: [on] }) => on),
      [true],
    );
  });

  const linux = { skip: process.platform !== "linux" && "only Linux shows the timers of its sockets" };
  it("has the kernel ask after silent peers in three minutes, with TLS and without", linux, async () => {
    await using peer = await serve(good);
    for (const connector of [peer.connector(), createTcpConnector({ host: "127.0.0.1", port: peer.port })]) {
      const stream = await connector.connect();
      // Until what was sent is acknowledged another timer runs.
      while (keepAliveTimer(stream.peer.localPort, peer.port) === undefined) await setImmediate();
      const seconds = keepAliveTimer(stream.peer.localPort, peer.port)!;
      stream.destroy();

      assert.ok(seconds > 170 && seconds <= 180, `${seconds} s`);
    }
  });

  it("takes a ready context in place of authorities", async () => {
    await using peer = await serve(good);
    const secureContext = createSecureContext({ ca: good });
    const stream = await peer.connector({ ca: undefined, secureContext }).connect();
    stream.destroy();

    assert.equal(stream.destroyed, true);
  });

  const refusals: readonly (readonly [
    what: string,
    cert: string,
    options: Partial<TlsOptions>,
    reason: RegExp,
  ])[] = [
    ["a certificate for another name", good, { identity: "other.test" }, /ALTNAME_INVALID/],
    ["an expired certificate", expired, { ca: expired }, /CERT_HAS_EXPIRED/],
    ["a certificate that nobody vouches for", good, { ca: undefined }, /SELF_SIGNED/],
  ];
  for (const [what, cert, options, reason] of refusals) {
    it(`refuses ${what}`, async () => {
      await using peer = await serve(cert);

      await assert.rejects(peer.connector(options).connect(), (error) => {
        assert.ok(isMillraceError(error, "connect-failed"));
        assert.equal(error.unsent, true);
        assert.match(error.message, reason);
        return true;
      });
    });
  }

  it("fails when the server does not speak TLS", async () => {
    await using peer = await listen(
      createTcpServer((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n")),
    );

    await assert.rejects(peer.connector().connect(), (error) => isMillraceError(error, "connect-failed"));
  });

  it("gives up when the handshake takes too long", async () => {
    const clock = new VirtualClock();
    const server = createTcpServer();
    await using peer = await listen(server);
    const attempt = peer.connector({ clock, timeoutMs: 500 }).connect();
    await once(server, "connection");
    const late = assert.rejects(
      attempt,
      (error) => isMillraceError(error, "timeout") && error.phase === "connect",
    );
    await clock.advance(500);

    await late;
    assert.equal(clock.pending, 0);
  });

  it("rejects options out of their range", () => {
    for (const options of [{ port: 0 }, { port: 65_536 }, { timeoutMs: 0 }]) {
      assert.throws(
        () => createTlsConnector({ host: "localhost", port: 443, ...options }),
        (error) => isMillraceError(error, "invalid-options"),
      );
    }
  });
});

async function serve(cert: string) {
  const server = createServer({ key, cert, ALPNProtocols: ["http/1.1"] });
  const accepted = new Promise<TLSSocket>((resolve) => server.once("secureConnection", resolve));
  return { ...(await listen(server)), accepted };
}

async function listen(server: Server) {
  const scope = new Scope();
  server.on("connection", (socket) => {
    socket.on("error", () => {});
    scope.defer(() => void socket.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  scope.defer(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const connector = (options: Partial<TlsOptions> = {}) =>
    createTlsConnector({ host: "127.0.0.1", port, ca: good, ...options });
  return { port, connector, [Symbol.asyncDispose]: () => scope[Symbol.asyncDispose]() };
}

/** When the kernel asks after the peer of a socket, in seconds from now; `undefined` while another timer runs. */
function keepAliveTimer(localPort: number, remotePort: number): number | undefined {
  const hex = (port: number) => port.toString(16).toUpperCase().padStart(4, "0");
  const line = readFileSync("/proc/net/tcp", "latin1")
    .split("\n")
    .find((line) => line.includes(`:${hex(localPort)} `) && line.includes(`:${hex(remotePort)} 01 `));
  const [, timer, jiffies] = /^.* 01 \S+ (..):(\S+) /.exec(line ?? "") ?? [];
  return timer === "02" ? Number.parseInt(jiffies!, 16) / 100 : undefined;
}
