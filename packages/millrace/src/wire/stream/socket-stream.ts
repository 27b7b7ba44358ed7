import type { OnReadOpts, Socket } from "node:net";
import { Socket as NetSocket } from "node:net";
import type { TLSSocket } from "node:tls";
import type { ByteReceiver, ByteStream, Peer } from "./byte-stream.js";

const bufferBytes = 64 * 1024;

/** Where the bytes of all streams land that need no buffer of their own. */
const sharedBuffer = Buffer.allocUnsafeSlow(bufferBytes);

/** Own buffers that nobody uses now; a few are kept for the next stream that wants one. */
const spareBuffers: Buffer[] = [];
const sparesKept = 64;

/** The part of a Node socket's private handle that {@link SocketStream.adopt} moves. */
interface SocketInternals {
  _handle: object | null;
}

/** Leads from a socket to its stream, so that all sockets share their listeners: idle ones are many. */
const streamOf = Symbol("stream");

/** A socket that a stream has taken. */
interface TakenSocket extends Socket {
  [streamOf]: SocketStream;
}

/** Whose bytes Node has just delivered: it asks for the buffer of the next read right after, without saying so. */
let justRead: SocketStream | undefined;

const readOptions: OnReadOpts = {
  buffer() {
    const stream = justRead;
    justRead = undefined;
    return stream ? stream.nextBuffer() : sharedBuffer;
  },
  callback(this: unknown, length, buffer) {
    const stream = (this as TakenSocket)[streamOf];
    stream.deliver(buffer as Buffer, length);
    justRead = stream;
    return true;
  },
};

/**
 * A {@link ByteStream} on a `net` or `tls` socket.
 *
 * A plain socket reads straight into one buffer that all streams of the process share (Node's
 * `onread`), so that an idle connection holds no memory for reading and a message costs no allocation.
 * A TLS socket, or a Node without that door, falls back to `data` events.
 */
export class SocketStream implements ByteStream {
  #socket!: Socket;
  #receiver: ByteReceiver | undefined;
  #peer: Peer | undefined;
  #ownBuffer: Buffer | undefined;
  #holding = false;
  #endSeen = false;
  #closed = false;
  #error: Error | undefined;
  #onClosed: (() => void)[] | undefined;
  #onFlush: (() => void) | undefined;
  readonly #encrypted: boolean;

  private constructor(encrypted: boolean) {
    this.#encrypted = encrypted;
  }

  /** Takes over a plain socket that a server accepted. The socket given must not be used any more. */
  static adopt(accepted: Socket): SocketStream {
    const stream = new SocketStream(false);
    const internals = accepted as unknown as SocketInternals;
    const handle = internals._handle;
    // Bytes that have been read already would stay behind.
    if (!handle || accepted.readableLength > 0) {
      stream.#listen(accepted);
      stream.#readByEvents();
      return stream;
    }
    internals._handle = null;
    const options = { handle, allowHalfOpen: true, onread: readOptions };
    stream.#listen(new NetSocket(options as ConstructorParameters<typeof NetSocket>[0]));
    // Frees the emptied shell's place in the server's count of connections.
    accepted.destroy();
    return stream;
  }

  /** Wraps any socket, reading by events: TLS sockets, and sockets already in use. */
  static wrap(socket: Socket, encrypted: boolean): SocketStream {
    const stream = new SocketStream(encrypted);
    stream.#listen(socket);
    stream.#readByEvents();
    return stream;
  }

  /** Wraps a plain socket that `connect` makes with the read options it is given. */
  static connect(connect: (onread: OnReadOpts) => Socket): SocketStream {
    const stream = new SocketStream(false);
    stream.#listen(connect(readOptions));
    return stream;
  }

  /** The socket below, for what only it can tell (TLS details, timeouts of the kernel). */
  get socket(): Socket {
    return this.#socket;
  }

  get peer(): Peer {
    this.#peer ??= {
      address: this.#socket.remoteAddress ?? "",
      port: this.#socket.remotePort ?? 0,
      localAddress: this.#socket.localAddress ?? "",
      localPort: this.#socket.localPort ?? 0,
      encrypted: this.#encrypted,
      alpn: (this.#socket as Partial<TLSSocket>).alpnProtocol || undefined,
    };
    return this.#peer;
  }

  get queued(): number {
    return this.#socket.writableLength;
  }

  get destroyed(): boolean {
    return this.#socket.destroyed;
  }

  onClosed(listener: () => void): void {
    if (this.#closed) listener();
    else (this.#onClosed ??= []).push(listener);
  }

  attach(receiver: ByteReceiver): void {
    const first = this.#receiver === undefined;
    this.#receiver = receiver;
    if (first) this.#socket.resume();
    if (this.#closed) receiver.closed(this.#error);
    else if (this.#endSeen) receiver.ended();
  }

  writeText(latin1: string, notify = false): void {
    if (notify) this.#socket.write(latin1, "latin1", this.#notifyFlush());
    else this.#socket.write(latin1, "latin1");
  }

  write(bytes: Uint8Array, notify = false): void {
    if (notify) this.#socket.write(bytes, this.#notifyFlush());
    else this.#socket.write(bytes);
  }

  cork(): void {
    this.#socket.cork();
  }

  uncork(): void {
    this.#socket.uncork();
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  holdBuffer(): void {
    this.#holding = true;
  }

  releaseBuffer(inUse: boolean): void {
    this.#holding = false;
    if (inUse) this.#ownBuffer = undefined;
  }

  end(): void {
    this.#socket.end();
  }

  serve(serves: "call" | "upkeep"): void {
    if (serves === "call") this.#socket.ref();
    else this.#socket.unref();
  }

  destroy(reset = false): void {
    if (reset && !this.#encrypted) this.#socket.resetAndDestroy();
    else this.#socket.destroy();
  }

  /** @internal Passes bytes on that a read has placed in `buffer`. */
  deliver(buffer: Buffer, length: number): void {
    this.#receiver?.received(this.#placed(buffer, length), length);
  }

  /** @internal The buffer for the next read. */
  nextBuffer(): Buffer {
    if (!this.#holding) {
      if (this.#ownBuffer && spareBuffers.length < sparesKept) spareBuffers.push(this.#ownBuffer);
      this.#ownBuffer = undefined;
      return sharedBuffer;
    }
    this.#ownBuffer ??= spareBuffers.pop() ?? Buffer.allocUnsafeSlow(bufferBytes);
    return this.#ownBuffer;
  }

  /** @internal The socket has an event. */
  heard(event: "end" | "close" | Error): void {
    if (event === "end") {
      this.#endSeen = true;
      this.#receiver?.ended();
    } else if (event === "close") {
      this.#closed = true;
      this.#ownBuffer = undefined;
      this.#receiver?.closed(this.#error);
      if (this.#onClosed) for (const listener of this.#onClosed) listener();
    } else this.#error = event;
  }

  #listen(socket: Socket): void {
    this.#socket = socket;
    (socket as TakenSocket)[streamOf] = this;
    socket.on("end", onEnd);
    socket.on("error", onError);
    socket.on("close", onClose);
  }

  #readByEvents(): void {
    this.#socket.on("data", (chunk: Buffer) => this.#receiver?.received(chunk, chunk.length));
    if (this.#receiver === undefined) this.#socket.pause();
  }

  /** Node chose the buffer of this read before the last one: it may be the shared one all the same. */
  #placed(buffer: Buffer, length: number): Buffer {
    if (!this.#holding || buffer !== sharedBuffer) return buffer;
    const own = this.nextBuffer();
    buffer.copy(own, 0, 0, length);
    return own;
  }

  /** Made when it is needed first: most streams are never asked. */
  #notifyFlush(): () => void {
    this.#onFlush ??= () => {
      if (this.#socket.writableLength === 0) this.#receiver?.flushed();
    };
    return this.#onFlush;
  }
}

function onEnd(this: Socket): void {
  (this as TakenSocket)[streamOf].heard("end");
}

function onError(this: Socket, error: Error): void {
  (this as TakenSocket)[streamOf].heard(error);
}

function onClose(this: Socket): void {
  (this as TakenSocket)[streamOf].heard("close");
}
