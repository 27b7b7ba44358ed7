import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { describe, it } from "node:test";
import { isMillraceError } from "../../base/errors.js";
import { Scope } from "../../base/scope.js";
import { VirtualClock } from "../../testing/virtual-clock.js";
import { createTcpConnector } from "./tcp.js";

describe("createTcpConnector", () => {
  it("connects, and can be written to and read from", async () => {
    await using peer = await listen((socket) => socket.pipe(socket));
    const stream = await createTcpConnector(peer).connect();
    const echoed = new Promise<string>((resolve) => {
      const received = (buffer: Buffer, length: number) => resolve(buffer.toString("latin1", 0, length));
      stream.attach({ received, ended: () => {}, flushed: () => {}, closed: () => {} });
    });
    stream.writeText("caf\xe9");

    assert.equal(await echoed, "caf\xe9");
    assert.equal(stream.peer.encrypted, false);
    stream.destroy();
  });

  it("fails, with nothing sent, when the connection is refused", async () => {
    const peer = await listen(() => {});
    await peer[Symbol.asyncDispose]();
    const { port } = peer;

    await assert.rejects(createTcpConnector(peer).connect(), (error) => {
      assert.ok(isMillraceError(error, "connect-failed"));
      assert.equal(error.unsent, true);
      assert.equal(error.message, `cannot connect to 127.0.0.1:${port}: ECONNREFUSED`);
      return true;
    });
  });

  it("fails when the name has no address", async () => {
    const connector = createTcpConnector({ host: "no.such.host.invalid", port: 80 });

    await assert.rejects(connector.connect(), (error) => isMillraceError(error, "connect-failed"));
  });

  it("gives up when its caller does, with the caller's reason", async () => {
    await using peer = await listen(() => {});
    const clock = new VirtualClock();
    const caller = new AbortController();
    const attempt = createTcpConnector({ ...peer, clock }).connect(caller.signal);
    caller.abort(new Error("changed my mind"));

    await assert.rejects(attempt, /changed my mind/);
    assert.equal(clock.pending, 0);
  });

  it("does not begin for a caller that has given up already", async () => {
    await using peer = await listen(() => {});

    await assert.rejects(createTcpConnector(peer).connect(AbortSignal.abort(new Error("late"))), /late/);
  });

  it("writes IPv6 targets in brackets", () => {
    assert.equal(createTcpConnector({ host: "::1", port: 80 }).target, "[::1]:80");
    assert.equal(createTcpConnector({ host: "a.test", port: 80 }).target, "a.test:80");
  });

  it("rejects options out of their range", () => {
    for (const options of [{ port: 0 }, { port: 1.5 }, { timeoutMs: -1 }]) {
      assert.throws(
        () => createTcpConnector({ host: "localhost", port: 80, ...options }),
        (error) => isMillraceError(error, "invalid-options"),
      );
    }
  });
});

async function listen(onSocket: (socket: Socket) => void) {
  const scope = new Scope();
  const server = createServer((socket) => {
    scope.defer(() => void socket.destroy());
    socket.on("error", () => {});
    onSocket(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  scope.defer(() => new Promise<void>((resolve) => server.close(() => resolve())));
  const { port } = server.address() as AddressInfo;
  return { host: "127.0.0.1", port, [Symbol.asyncDispose]: () => scope[Symbol.asyncDispose]() };
}
