import assert from "node:assert/strict";
import { createServer as createTcpServer, type Server, type Socket } from "node:net";
import { describe, it } from "node:test";
import { createServer as createTlsServer, type TLSSocket } from "node:tls";
import { isMillraceError } from "../../base/errors.js";
import { VirtualClock } from "../../testing/virtual-clock.js";
import type { ByteStream } from "../../wire/stream/byte-stream.js";
import { listenTcp } from "../connect/listen.test.fixture.js";
import { authority, keyTwo, serverOne } from "../tls/certificates.test.fixture.js";
import { createHttpProxyDialer, type HttpProxyDialerOptions } from "./http-proxy-dialer.js";
import { listenAsProxy, type TunnelProxy } from "./tunnel-proxy.test.fixture.js";

describe("createHttpProxyDialer", () => {
  it("reaches an http target through a tunnel", async () => {
    await using target = await listenTcp(echoServer());
    await using proxy = await listenAsProxy();
    const { connector, stream } = await dial(proxy, { target: `http://one.test:${target.port}` });
    stream.writeText("caf\xe9");

    assert.equal(await heard(stream), "caf\xe9");
    assert.equal(
      proxy.heads[0],
      `CONNECT one.test:${target.port} HTTP/1.1\r\nHost: one.test:${target.port}\r\n\r\n`,
    );
    assert.deepEqual([connector.encrypted, stream.peer.encrypted], [false, false]);
    assert.equal(connector.target, `one.test:${target.port} through 127.0.0.1:${proxy.port}`);
    stream.destroy();
  });

  it("reaches an https target by TLS through the tunnel, and expects its host there", async () => {
    await using target = await listenTcp(secureEchoServer());
    await using proxy = await listenAsProxy();
    const { connector, stream } = await dial(proxy, {
      target: `https://one.test:${target.port}`,
      tls: { ca: authority },
    });
    stream.writeText("ping");

    assert.equal(await heard(stream), "ping");
    assert.deepEqual(
      [connector.encrypted, stream.peer.encrypted, stream.peer.alpn],
      [true, true, "http/1.1"],
    );
    stream.destroy();
    await Promise.all([...proxy.sockets, ...target.sockets].map(closed));

    const other = dial(proxy, { target: `https://two.test:${target.port}`, tls: { ca: authority } });
    await assert.rejects(
      other,
      (error) => isMillraceError(error, "connect-failed") && /ALTNAME/.test(error.message),
    );
    await Promise.all([...proxy.sockets, ...target.sockets].map(closed));
  });

  it("reaches a proxy over TLS, and TLS through that", async () => {
    await using target = await listenTcp(secureEchoServer());
    await using proxy = await listenAsProxy(undefined, { cert: serverOne, key: keyTwo });
    const { stream } = await dial(proxy, {
      target: `https://one.test:${target.port}`,
      tls: { ca: authority },
      proxyTls: { ca: authority, identity: "localhost" },
    });
    stream.writeText("ping");

    assert.equal(await heard(stream), "ping");
    stream.destroy();
    await Promise.all([...proxy.sockets, ...target.sockets].map(closed));
  });

  it("names the port of the scheme, and writes IPv6 in brackets", async () => {
    await using proxy = await listenAsProxy(() => "HTTP/1.1 403 Forbidden\r\n\r\n");
    for (const target of ["http://one.test", "https://one.test", "http://[::1]:81"]) {
      await assert.rejects(dial(proxy, { target }), /refuses/);
    }

    assert.deepEqual(
      proxy.heads.map((head) => head.split(" ")[1]),
      ["one.test:80", "one.test:443", "[::1]:81"],
    );
  });

  it("shows credentials and more fields to the proxy", async () => {
    await using target = await listenTcp(echoServer());
    await using proxy = await listenAsProxy();
    const { stream } = await dial(proxy, {
      target: `http://one.test:${target.port}`,
      credentials: { username: "mill", password: "ra:ce é" },
      fields: [["User-Agent", "test"]],
    });
    stream.destroy();

    const basic = Buffer.from("mill:ra:ce é").toString("base64");
    assert.match(
      proxy.heads[0]!,
      new RegExp(`\r\nUser-Agent: test\r\nProxy-Authorization: Basic ${basic}\r\n\r\n$`),
    );
  });

  const credentials = { username: "mill", password: "secret" };
  const refusals: readonly (readonly [what: string, answer: string, options: object, reason: RegExp])[] = [
    [
      "a refusal",
      "HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno",
      {},
      /refuses to connect to one\.test:443: 403 Forbidden$/,
    ],
    ["a proxy that cannot connect", "HTTP/1.1 502\r\n\r\n", {}, /refuses to connect to one\.test:443: 502$/],
    ["a redirect", "HTTP/1.1 302 Found\r\nLocation: http://x/\r\n\r\n", {}, /302 Found$/],
    ["missing credentials", "HTTP/1.1 407 Auth\r\n\r\n", {}, /it asks for credentials \(407 Auth\)$/],
    [
      "wrong credentials",
      "HTTP/1.1 407 Auth\r\n\r\n",
      { credentials },
      /it does not accept the credentials \(407 Auth\)$/,
    ],
    [
      "an answer that is not HTTP",
      "SSH-2.0-OpenSSH\r\n\r\n",
      {},
      /no tunnel to one\.test:443 from the proxy/,
    ],
    ["half an answer", "HTTP/1.1 200 Conn", {}, /no tunnel .*: the connection closed$/],
    ["no answer", "", {}, /no tunnel .*: the connection closed$/],
    ["a head without end", `HTTP/1.1 200 OK\r\n${"X: y\r\n".repeat(20_000)}`, {}, /no tunnel/],
    [
      "interim responses without end",
      "HTTP/1.1 103 Early\r\n\r\n".repeat(100),
      {},
      /no tunnel .*: too many interim responses$/,
    ],
    ["an upgrade nobody asked for", "HTTP/1.1 101 Switching\r\n\r\n", {}, /no tunnel/],
  ];
  for (const [what, answer, options, reason] of refusals) {
    it(`fails for ${what}, with nothing sent and no secret told`, async () => {
      await using proxy = await listenAsProxy(() => answer);

      await assert.rejects(dial(proxy, { target: "https://one.test", ...options }), (error) => {
        assert.ok(isMillraceError(error, "connect-failed") && error.unsent);
        assert.match(error.message, reason);
        assert.doesNotMatch(error.message, /secret/);
        return true;
      });
      await Promise.all(proxy.sockets.map(closed));
    });
  }

  it("takes what comes with the answer for the target's, and passes over interim responses", async () => {
    const answer = "HTTP/1.1 103 Early\r\n\r\nHTTP/1.1 200 OK\r\n\r\nhello";
    await using proxy = await listenAsProxy(() => answer);
    const { stream } = await dial(proxy, { target: "http://one.test" });

    assert.equal(await heard(stream), "hello");
    stream.destroy();
  });

  it("gives all steps together one limit of time", async () => {
    const clock = new VirtualClock();
    let asked = () => {};
    const asking = new Promise<void>((resolve) => (asked = resolve));
    await using proxy = await listenAsProxy(() => {
      asked();
      return "silence";
    });
    const attempt = dial(proxy, { target: "https://one.test", clock, timeoutMs: 500 });
    const late = assert.rejects(attempt, (error) => {
      assert.ok(isMillraceError(error, "timeout") && error.phase === "connect" && error.unsent);
      assert.match(error.message, /^no connection to one\.test:443 through .* within 500 ms$/);
      return true;
    });
    await asking;
    await clock.advance(500);
    await late;

    assert.equal(clock.pending, 0);
    await Promise.all(proxy.sockets.map(closed));
  });

  it("gives up when its caller does", async () => {
    const clock = new VirtualClock();
    const caller = new AbortController();
    await using proxy = await listenAsProxy(() => {
      caller.abort(new Error("changed my mind"));
      return "silence";
    });
    const dialer = createHttpProxyDialer({ target: "https://one.test", clock });
    await assert.rejects(dialer(proxy.address).connect(caller.signal), /changed my mind/);
    await assert.rejects(dialer(proxy.address).connect(caller.signal), /changed my mind/);

    assert.equal(clock.pending, 0);
    await Promise.all(proxy.sockets.map(closed));
  });

  it("rejects options out of their range at once", () => {
    const target = "https://one.test";
    const wrong: HttpProxyDialerOptions[] = [
      { target: "one.test:443" },
      { target: "ftp://one.test" },
      { target, timeoutMs: 0 },
      { target, credentials: { username: "a:b", password: "" } },
      { target, fields: [["X-A", "a\r\nX-B: b"]] },
      { target, tls: { ca: "none" } },
      { target: `${target}/base` },
      { target: "https://ann:secret@one.test" },
    ];
    for (const options of wrong) {
      assert.throws(
        () => createHttpProxyDialer(options),
        (error) => isMillraceError(error, "invalid-options") && !error.message.includes("secret"),
      );
    }
  });
});

async function dial(proxy: TunnelProxy, options: HttpProxyDialerOptions) {
  const connector = createHttpProxyDialer(options)(proxy.address);
  return { connector, stream: await connector.connect() };
}

function heard(stream: ByteStream): Promise<string> {
  return new Promise((resolve) => {
    const received = (buffer: Buffer, length: number) => resolve(buffer.toString("latin1", 0, length));
    stream.attach({ received, ended: () => {}, flushed: () => {}, closed: () => {} });
  });
}

function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => (socket.closed ? resolve() : socket.once("close", () => resolve())));
}

function echoServer(): Server {
  return createTcpServer((socket) => socket.pipe(socket));
}

function secureEchoServer(): Server {
  const server = createTlsServer({ cert: serverOne, key: keyTwo, ALPNProtocols: ["http/1.1"] });
  server.on("tlsClientError", () => {});
  return server.on("secureConnection", (socket: TLSSocket) => {
    socket.on("error", () => {});
    socket.pipe(socket);
  });
}
