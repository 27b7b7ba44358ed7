import { createServer, type Server, type Socket } from "node:net";
import type { Clock } from "../../base/clock.js";
import type { SocketFile } from "../control/socket-file.js";
import type { Handle, HandleOwner, SocketName } from "../handles/handle.js";
import type { Deliver, Entrance } from "./entrance.js";
import { type ConnectionEnds, readProxyHeader } from "./proxy-header.js";

/** How long the header of a forwarded connection may take, in milliseconds: it comes from the same machine. */
const headerMs = 5_000;

/** Makes the file at which connections come in, with a server that `create` makes. */
type FileMaker = (create: () => Server) => SocketFile;

/** The far end of forwarding: connections come over a local socket, each with a header that tells whose it is. */
export class ForwardedEntrance implements Entrance {
  readonly #file: SocketFile;
  readonly #clock: Clock;
  #opening: Promise<void> | undefined;
  #deliver: Deliver | undefined;
  #closed = false;

  constructor(makeFile: FileMaker, clock: Clock) {
    this.#file = makeFile(() => createServer({ allowHalfOpen: true }, (socket) => this.#readHeader(socket)));
    this.#clock = clock;
  }

  prepare(): Promise<void> {
    this.#opening ??= this.#file.open();
    return this.#opening;
  }

  /** Nobody connects before the front has been told to. */
  open(deliver: Deliver): Promise<void> {
    this.#deliver = deliver;
    return this.prepare();
  }

  /** The front decides who gets what comes: connections it has already sent here are still taken. */
  pause(): void {}

  async keep(nowMs: number): Promise<void> {
    if (this.#opening && !this.#closed) await this.#file.keep(nowMs);
  }

  close(): void {
    this.#closed = true;
    this.#file[Symbol.asyncDispose]().catch(() => undefined);
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
