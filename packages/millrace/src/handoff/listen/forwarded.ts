import { chmod } from "node:fs/promises";
import { createServer, type Server, type Socket } from "node:net";
import type { Clock } from "../../base/clock.js";
import type { Handle, HandleOwner, SocketName } from "../handles/handle.js";
import type { Deliver, Entrance } from "./entrance.js";
import { type ConnectionEnds, readProxyHeader } from "./proxy-header.js";

/** How long the header of a forwarded connection may take, in milliseconds: it comes from the same machine. */
const headerMs = 5_000;

/** The far end of forwarding: connections come over a local socket, each with a header that tells whose it is. */
export class ForwardedEntrance implements Entrance {
  readonly #path: string;
  readonly #clock: Clock;
  #server: Server | undefined;
  #deliver: Deliver | undefined;

  constructor(path: string, clock: Clock) {
    this.#path = path;
    this.#clock = clock;
  }

  async prepare(): Promise<void> {
    if (this.#server) return;
    const server = createServer({ allowHalfOpen: true });
    server.on("connection", (socket) => this.#readHeader(socket));
    this.#server = server;
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(this.#path, resolve);
    });
    await chmod(this.#path, 0o600);
  }

  /** Nobody connects before the front has been told to. */
  open(deliver: Deliver): Promise<void> {
    this.#deliver = deliver;
    return this.prepare();
  }

  /** The front decides who gets what comes: connections it has already sent here are still taken. */
  pause(): void {}

  close(): void {
    this.#server?.close();
  }

  #readHeader(socket: Socket): void {
    const late = this.#clock.schedule(headerMs, () => socket.destroy(), "upkeep");
    const onReadable = () => {
      const bytes = socket.read() as Buffer | null;
      if (bytes === null) return;
      const header = readProxyHeader(bytes);
      if (header === undefined) return void socket.unshift(bytes);
      socket.off("readable", onReadable);
      late[Symbol.dispose]();
      if (header === "invalid") return void socket.destroy();
      if (header.length < bytes.length) socket.unshift(bytes.subarray(header.length));
      const { _handle: handle } = socket as unknown as HandleOwner;
      if (!handle || !this.#deliver) return void socket.destroy();
      if (header.ends) tellEnds(handle, header.ends);
      this.#deliver(handle, socket);
    };
    socket.on("error", () => undefined);
    socket.once("close", () => late[Symbol.dispose]());
    socket.on("readable", onReadable);
  }
}

/** Says it where Node looks it up, so that TLS on top of the socket, and whoever moves its handle, are told too. */
function tellEnds(handle: Handle, ends: ConnectionEnds): void {
  const { remoteAddress, remotePort, localAddress, localPort } = ends;
  const family = remoteAddress.includes(":") ? "IPv6" : "IPv4";
  const peer = { address: remoteAddress, port: remotePort, family };
  const own = { address: localAddress, port: localPort, family };
  for (const [key, name] of Object.entries({ getpeername: peer, getsockname: own })) {
    const tell = (into: SocketName) => {
      Object.assign(into, name);
      return 0;
    };
    Object.defineProperty(handle, key, { value: tell });
  }
}
