import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { createServer, type TLSSocket } from "node:tls";
import { isMillraceError } from "../../base/errors.js";
import { Scope } from "../../base/scope.js";
import { VirtualClock } from "../../testing/virtual-clock.js";
import type { ByteStream } from "../../wire/stream/byte-stream.js";
import { createDialer } from "../connect/dialer.js";
import { listenTcp } from "../connect/listen.test.fixture.js";
import { authority, authority2, keyOne, keyTwo, serverOne, serverTwo } from "./certificates.test.fixture.js";
import { followTlsFiles } from "./server-context.js";
import { openTlsFiles } from "./tls-files.js";

describe("followTlsFiles", () => {
  it("serves new connections by the new certificate, and goes on with those made before", async () => {
    await using peer = await setup();
    await peer.place({ cert: serverOne, key: keyTwo, ca: authority });
    const early = await peer.connect();
    await peer.place({ cert: serverTwo, key: keyOne, ca: authority2 });
    const late = await peer.connect();
    assert.deepEqual([early.name, late.name], ["one.test", "two.test"]);
    for (const { served } of [early, late]) (await served()).write("x");

    assert.deepEqual([await early.hears(), await late.hears()], ["x", "x"]);
  });

  it("loses no connection while certificates are rotated under load", async () => {
    await using peer = await setup({ ca: authority + authority2 });
    const pairs = [
      { cert: serverOne, key: keyTwo },
      { cert: serverTwo, key: keyOne },
    ] as const;
    const names = new Set<string>();
    for (let turn = 0; turn < 10; turn += 1) {
      const placing = peer.place(pairs[turn % 2]!);
      // Before the first turn there is nothing to serve with.
      if (turn === 0) await placing;
      const streams = await Promise.all(Array.from({ length: 8 }, () => peer.connect()));
      for (const { name } of streams) names.add(name);
      await placing;
    }

    names.delete("resumed");
    assert.deepEqual([...names].sort(), ["one.test", "two.test"]);
  });

  it("refuses every handshake until there is a certificate, and stays with the last when it is disposed of", async () => {
    await using peer = await setup({ ca: authority });
    await assert.rejects(peer.connect(), (error) => isMillraceError(error, "connect-failed"));
    await peer.place({ cert: serverOne, key: keyTwo });
    peer.following[Symbol.dispose]();
    await peer.place({ cert: serverTwo, key: keyOne });

    assert.equal((await peer.connect()).name, "one.test");
  });
});

async function setup(contents: Readonly<Record<string, string>> = {}) {
  const scope = new Scope();
  const folder = await mkdtemp(join(tmpdir(), "millrace-"));
  scope.defer(() => rm(folder, { recursive: true, force: true }));
  const clock = new VirtualClock();
  const [certFile, keyFile, caFile] = ["cert", "key", "ca"].map((name) => join(folder, name));
  const own = scope.own(openTlsFiles({ certFile, keyFile, clock }));
  const trusted = scope.own(openTlsFiles({ caFile, clock }));
  const place = async (files: Readonly<Record<string, string>>) => {
    for (const [name, text] of Object.entries(files)) {
      await writeFile(join(folder, "next"), text);
      await rename(join(folder, "next"), join(folder, name));
    }
    await Promise.all([own.reload(), trusted.reload()]);
  };
  await place(contents);
  const server = createServer({ ALPNProtocols: ["http/1.1"] });
  server.on("tlsClientError", () => {});
  const following = followTlsFiles(server, own);
  const listening = scope.own(await listenTcp(server));
  const dial = createDialer({ tls: { secureContext: trusted.context } });
  const secured = new Map<number, TLSSocket>();
  server.on("secureConnection", (socket) => secured.set(socket.remotePort!, socket));
  const connect = async () => {
    const stream = await dial(listening.address).connect();
    scope.defer(() => stream.destroy());
    const heard = new Promise<string>((resolve) => {
      const received = (buffer: Buffer, length: number) => resolve(buffer.toString("latin1", 0, length));
      stream.attach({ received, ended: () => {}, flushed: () => {}, closed: () => {} });
    });
    const served = async () => {
      while (!secured.has(stream.peer.localPort)) await once(server, "secureConnection");
      return secured.get(stream.peer.localPort)!;
    };
    return { name: serverName(stream), served, hears: () => heard };
  };
  return { place, following, connect, [Symbol.asyncDispose]: () => scope[Symbol.asyncDispose]() };
}

/** The first name of the server's certificate under `.test`. A resumed session does not show it again. */
function serverName(stream: ByteStream): string {
  const { socket } = stream as unknown as { socket: TLSSocket };
  if (socket.isSessionReused()) return "resumed";
  return /DNS:(\w+\.test)/.exec(socket.getPeerCertificate().subjectaltname ?? "")![1]!;
}
