import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer as createTcpServer } from "node:net";
import { describe, it } from "node:test";
import { createServer, type TlsOptions as ServerOptions, type TLSSocket } from "node:tls";
import { isMillraceError } from "../../base/errors.js";
import type { ByteStream } from "../../wire/stream/byte-stream.js";
import {
  authority,
  clientCertificate,
  keyTwo,
  serverOne,
  spiffeServer,
} from "../tls/certificates.test.fixture.js";
import type { ClientTlsOptions } from "../tls/client-tls.js";
import { createDialer } from "./dialer.js";
import { type Listening, listenTcp, listenUnix } from "./listen.test.fixture.js";

describe("connections over TLS", () => {
  it("reach a SPIFFE identity wherever it listens, without SNI", async () => {
    for (const listen of [listenTcp, listenUnix]) {
      await using peer = await serve({ cert: spiffeServer, key: keyTwo }, listen);
      const { stream, served } = await peer.connect({
        ca: authority,
        identity: "spiffe://mill.test/backend",
      });
      assert.equal(served.servername, false);
      stream.destroy();

      const other = peer.connect({ ca: authority, identity: "spiffe://mill.test/other" });
      await assert.rejects(other, (error) => isMillraceError(error, "connect-failed"));
    }
  });

  it("refuse a SPIFFE identity whose chain is not trusted", async () => {
    await using peer = await serve({ cert: spiffeServer, key: keyTwo });

    await assert.rejects(
      peer.connect({ identity: "spiffe://mill.test/backend" }),
      /UNABLE_TO_VERIFY|SELF_SIGNED/,
    );
  });

  it("ask for the name of the identity, not of the address", async () => {
    await using peer = await serve({ cert: serverOne, key: keyTwo });
    const { stream, served } = await peer.connect({ ca: authority, identity: "https://one.test" });
    stream.destroy();

    assert.equal(served.servername, "one.test");
  });

  it("ask for no name with the placeholder _", async () => {
    await using peer = await serve({ cert: serverOne, key: keyTwo });
    const { stream, served } = await peer.connect({ ca: authority, identity: "_" });
    stream.destroy();

    assert.equal(served.servername, false);
  });

  it("show a client certificate", async () => {
    await using peer = await serve({ cert: serverOne, key: keyTwo, ca: authority, requestCert: true });
    const { stream, served } = await peer.connect({ ca: authority, cert: clientCertificate, key: keyTwo });
    stream.destroy();

    assert.equal(served.getPeerCertificate().subjectaltname, "URI:spiffe://mill.test/client");
  });

  it("agree on one of the protocols that are offered", async () => {
    await using peer = await serve({ cert: serverOne, key: keyTwo, ALPNProtocols: ["h2"] });
    const { stream } = await peer.connect({ ca: authority, alpn: ["h2", "http/1.1"] });
    stream.destroy();

    assert.equal(stream.peer.alpn, "h2");
  });

  it("fail when no protocol can be agreed on", async () => {
    await using peer = await serve({ cert: serverOne, key: keyTwo, ALPNProtocols: ["h2"] });

    await assert.rejects(peer.connect({ ca: authority }), (error) =>
      isMillraceError(error, "connect-failed"),
    );
  });

  it("resume their sessions, and start over once the certificates have changed", async () => {
    await using peer = await serve({ cert: serverOne, key: keyTwo, maxVersion: "TLSv1.2" });
    let context = peer.dialer({ ca: authority });
    const reused: boolean[] = [];
    for (let times = 0; times < 3; times += 1) {
      const { stream, served } = await peer.through(context);
      reused.push(served.isSessionReused());
      stream.destroy();
    }
    context = peer.dialer({ ca: authority });
    const { stream, served } = await peer.through(context);
    stream.destroy();

    assert.deepEqual([...reused, served.isSessionReused()], [false, true, true, false]);
  });

  it("do not trust a resumed session that another identity has made", async () => {
    await using peer = await serve({ cert: serverOne, key: keyTwo, maxVersion: "TLSv1.2" });
    const { stream } = await peer.connect({ ca: authority, identity: "one.test" });
    stream.destroy();

    await assert.rejects(peer.connect({ ca: authority, identity: "two.test" }), /ALTNAME_INVALID/);
  });

  it("fail, with nothing sent, for whatever else answers", async () => {
    const answers: Readonly<Record<string, Buffer>> = {
      "a fatal alert": Buffer.from([21, 3, 3, 0, 2, 2, 40]),
      "half a record": Buffer.from([22, 3, 3, 64, 0, 1, 2, 3]),
      "plain HTTP": Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n"),
      noise: Buffer.from(Array.from({ length: 500 }, (_, at) => (at * 151) % 256)),
      nothing: Buffer.alloc(0),
    };
    for (const [what, bytes] of Object.entries(answers)) {
      await using server = await listenTcp(createTcpServer((socket) => socket.end(bytes)));
      const attempt = createDialer({ tls: { ca: authority } })(server.address).connect();

      await assert.rejects(
        attempt,
        (error) => isMillraceError(error, "connect-failed") && error.unsent,
        what,
      );
    }
  });
});

async function serve(options: ServerOptions, listen: typeof listenTcp = listenTcp) {
  const server = createServer({ ALPNProtocols: ["http/1.1"], ...options });
  server.on("tlsClientError", () => {});
  const listening: Listening = await listen(server);
  const dialer = (tls: ClientTlsOptions) => createDialer({ tls });
  const through = async (
    dial: ReturnType<typeof createDialer>,
  ): Promise<{ stream: ByteStream; served: TLSSocket }> => {
    const accepted = new AbortController();
    const secured = once(server, "secureConnection", { signal: accepted.signal }) as Promise<[TLSSocket]>;
    secured.catch(() => {});
    try {
      const stream = await dial(listening.address).connect();
      const [served] = await secured;
      return { stream, served };
    } finally {
      accepted.abort();
    }
  };
  return {
    dialer,
    through,
    connect: (tls: ClientTlsOptions) => through(dialer(tls)),
    [Symbol.asyncDispose]: () => listening[Symbol.asyncDispose](),
  };
}
