import assert from "node:assert/strict";
import { createServer as createTcpServer } from "node:net";
import { describe, it } from "node:test";
import { createServer as createTlsServer } from "node:tls";
import { isMillraceError } from "../../base/errors.js";
import { addressKey } from "../resolve/address.js";
import { good, key } from "../tls/certificates.test.fixture.js";
import { createDialer, type DialerOptions } from "./dialer.js";
import { type Listening, listenTcp, listenUnix } from "./listen.test.fixture.js";

describe("createDialer", () => {
  const listens = { "a TCP address": listenTcp, "a unix socket": listenUnix };
  for (const [where, listen] of Object.entries(listens)) {
    it(`W22 connects to ${where} without TLS`, async () => {
      await using server = await listen(createTcpServer());
      const { connector, stream } = await dial(server, {});

      assert.equal(connector.target, addressKey(server.address));
      assert.deepEqual([connector.encrypted, stream.peer.encrypted], [false, false]);
    });

    it(`W22 connects to ${where} with TLS, to whom it expects there`, async () => {
      await using server = await listen(tlsServer());
      const { connector, stream } = await dial(server, { tls: { ca: good, identity: "localhost" } });

      assert.deepEqual([connector.encrypted, stream.peer.encrypted], [true, true]);
      assert.equal(stream.peer.alpn, "http/1.1");
    });

    it(`refuses someone else at ${where}`, async () => {
      await using server = await listen(tlsServer());
      const attempt = dial(server, { tls: { ca: good, identity: "other.test" } });

      await assert.rejects(attempt, (error) => isMillraceError(error, "connect-failed"));
    });
  }

  it("expects the address dialed when it is told nobody", async () => {
    await using server = await listenTcp(tlsServer());
    const { stream } = await dial(server, { tls: { ca: good } });

    assert.equal(stream.peer.encrypted, true);
  });

  it("does not connect to a unix socket over TLS when nothing says who must answer", async () => {
    await using server = await listenUnix(tlsServer());

    await assert.rejects(dial(server, { tls: { ca: good } }), /tls\.identity: expected who must answer/);
    assert.equal(server.sockets.length, 0);
  });

  it("rejects options out of their range at once", () => {
    const wrong: DialerOptions[] = [
      { timeoutMs: 0 },
      { tls: { ca: "none" } },
      { tls: { cert: good } },
      { tls: { identity: "not a host" } },
    ];
    for (const options of wrong) {
      assert.throws(
        () => createDialer(options),
        (error) => isMillraceError(error, "invalid-options"),
      );
    }
  });
});

async function dial(server: Listening, options: DialerOptions) {
  const connector = createDialer(options)(server.address);
  const stream = await connector.connect();
  stream.destroy();
  return { connector, stream };
}

function tlsServer() {
  return createTlsServer({ key, cert: good, ALPNProtocols: ["http/1.1"] });
}
