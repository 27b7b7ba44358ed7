import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer as createTcpServer, type Server } from "node:net";
import { describe, it } from "node:test";
import { createSecureContext, createServer, type TLSSocket } from "node:tls";
import { isMillraceError } from "../../base/errors.js";
import { Scope } from "../../base/scope.js";
import { VirtualClock } from "../../testing/virtual-clock.js";
import { expired, good, key } from "../tls/certificates.test.fixture.js";
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
