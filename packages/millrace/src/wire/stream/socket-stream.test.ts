import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { describe, it } from "node:test";
import type { ByteReceiver } from "./byte-stream.js";
import { SocketStream } from "./socket-stream.js";

describe("SocketStream", () => {
  it("keeps what it read while it is paused, from the first read after it was asked to", async () => {
    const { streams, clients, close } = await setup(2);
    const [one, other] = [new Keeper(streams[0]!), new Keeper(streams[1]!)];
    clients[0]!.write("first");
    await one.reads(1);
    streams[0]!.holdBuffer();
    one.pausing = true;
    clients[0]!.write("to be kept");
    await one.reads(2);
    clients[1]!.write("something else, and longer");
    await other.reads(1);

    assert.equal(one.kept.at(-1)!.toString(), "to be kept");
    await close();
  });

  it("reads on after a pause, and tells both ends of a close", async () => {
    const { streams, clients, close } = await setup(1);
    const keeper = new Keeper(streams[0]!);
    keeper.pausing = true;
    clients[0]!.write("one");
    await keeper.reads(1);
    clients[0]!.end("two");
    streams[0]!.resume();
    await keeper.reads(2);
    streams[0]!.resume();
    while (!keeper.sawEnd) await turn();
    streams[0]!.writeText("bye");
    streams[0]!.end();
    const [bytes] = (await once(clients[0]!, "data")) as [Buffer];
    while (!keeper.gone) await turn();

    assert.equal(bytes.toString(), "bye");
    await close();
  });

  it("says when all that was written has left, and how much has not", async () => {
    const { streams, clients, close } = await setup(1);
    const keeper = new Keeper(streams[0]!);
    clients[0]!.pause();
    streams[0]!.write(Buffer.alloc(64 * 1024 * 1024), true);
    assert.ok(streams[0]!.queued > 0);
    clients[0]!.resume();
    while (keeper.flushes === 0) await turn();

    assert.equal(streams[0]!.queued, 0);
    await close();
  });
});

class Keeper implements ByteReceiver {
  readonly kept: Buffer[] = [];
  readonly #stream: SocketStream;
  pausing = false;
  sawEnd = false;
  gone = false;
  flushes = 0;

  constructor(stream: SocketStream) {
    this.#stream = stream;
    stream.attach(this);
  }

  received(buffer: Buffer, length: number): void {
    this.kept.push(buffer.subarray(0, length));
    if (this.pausing) this.#stream.pause();
  }

  ended(): void {
    this.sawEnd = true;
  }

  flushed(): void {
    this.flushes += 1;
  }

  closed(): void {
    this.gone = true;
  }

  async reads(count: number): Promise<void> {
    while (this.kept.length < count) await turn();
  }
}

async function setup(count: number) {
  const streams: SocketStream[] = [];
  const listener = createServer({ pauseOnConnect: true, allowHalfOpen: true }, (socket) =>
    streams.push(SocketStream.adopt(socket)),
  );
  listener.listen(0, "127.0.0.1");
  await once(listener, "listening");
  const clients: Socket[] = [];
  for (let made = 0; made < count; made++) {
    const client = connect({ port: (listener.address() as AddressInfo).port, host: "127.0.0.1" });
    client.on("error", () => undefined).resume();
    clients.push(client);
    while (streams.length <= made) await turn();
  }
  const close = async () => {
    for (const one of [...streams, ...clients]) one.destroy();
    listener.close();
    await once(listener, "close");
  };
  return { streams, clients, close };
}

/** Lets the process look at its sockets once. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
