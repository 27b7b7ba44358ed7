import type { OnReadOpts, Socket } from "node:net";
import { Socket as NetSocket } from "node:net";
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
  readonly #encrypted: boolean;

  private constructor(encrypted: boolean) {
    this.#encrypted = encrypted;
  }

  /** Takes over a plain socket that a server accepted. The socket given must not be used any more. */
  static adopt(accepted: Socket): SocketStream {
    const stream = new SocketStream(false);
    const internals = accepted as unknown as SocketInternals;
    const handle = internals._handle;
    if (!handle) {
      stream.#listen(accepted);
      stream.#readByEvents();
      return stream;
    }
    internals._handle = null;
    const options = { handle, allowHalfOpen: true, onread: stream.#readOptions() };
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
    stream.#listen(connect(stream.#readOptions()));
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
    if (notify) this.#socket.write(latin1, "latin1", this.#onFlush);
    else this.#socket.write(latin1, "latin1");
  }

  write(bytes: Uint8Array, notify = false): void {
    if (notify) this.#socket.write(bytes, this.#onFlush);
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

  destroy(reset = false): void {
    if (reset && !this.#encrypted) this.#socket.resetAndDestroy();
    else this.#socket.destroy();
  }

  #listen(socket: Socket): void {
    this.#socket = socket;
    socket.on("end", () => {
      this.#endSeen = true;
      this.#receiver?.ended();
    });
    socket.on("error", (error) => {
      this.#error = error;
    });
    socket.on("close", () => {
      this.#closed = true;
      this.#ownBuffer = undefined;
      this.#receiver?.closed(this.#error);
      if (this.#onClosed) for (const listener of this.#onClosed) listener();
    });
  }

  #readByEvents(): void {
    this.#socket.on("data", (chunk: Buffer) => this.#receiver?.received(chunk, chunk.length));
    if (this.#receiver === undefined) this.#socket.pause();
  }

  #readOptions(): OnReadOpts {
    return {
      buffer: () => this.#nextBuffer(),
      callback: (length, buffer) => {
        this.#receiver?.received(this.#placed(buffer as Buffer, length), length);
        return true;
      },
    };
  }

  /** Node chose the buffer of this read before the last one: it may be the shared one all the same. */
  #placed(buffer: Buffer, length: number): Buffer {
    if (!this.#holding || buffer !== sharedBuffer) return buffer;
    const own = this.#nextBuffer();
    buffer.copy(own, 0, 0, length);
    return own;
  }

  #nextBuffer(): Buffer {
    if (!this.#holding) {
      this.#recycleBuffer();
      return sharedBuffer;
    }
    this.#ownBuffer ??= spareBuffers.pop() ?? Buffer.allocUnsafeSlow(bufferBytes);
    return this.#ownBuffer;
  }

  #recycleBuffer(): void {
    if (this.#ownBuffer && spareBuffers.length < sparesKept) spareBuffers.push(this.#ownBuffer);
    this.#ownBuffer = undefined;
  }

  readonly #onFlush = () => {
    if (this.#socket.writableLength === 0) this.#receiver?.flushed();
  };
}
