import { Duplex } from "node:stream";
import { type Clock, systemClock } from "../../base/clock.js";
import type { ByteReceiver, ByteStream, Peer } from "../../wire/stream/byte-stream.js";

/**
 * A Node socket that leads into this process: what is written to it is read from {@link ServiceSocket.inner}, and the
 * other way round. It has as much of `net.Socket` as HTTP clients use.
 */
export class ServiceSocket extends Duplex {
  readonly connecting = false;
  readonly encrypted: boolean;
  readonly authorized = true;
  /** The other end. */
  readonly inner: ByteStream;
  /** See {@link setTimeout}. */
  timeout = 0;
  readonly #far: FarEnd;
  readonly #clock: Clock;
  #timer: Disposable | undefined;
  #lastMove = 0;

  constructor(options: { readonly encrypted: boolean; readonly clock?: Clock | undefined }) {
    super({ allowHalfOpen: true });
    this.encrypted = options.encrypted;
    this.#clock = options.clock ?? systemClock;
    this.#far = new FarEnd(this, options.encrypted);
    this.inner = this.#far;
  }

  /** Emits `timeout` after so long without a byte either way, in milliseconds; 0 for never. */
  setTimeout(timeoutMs: number, listener?: () => void): this {
    this.timeout = timeoutMs;
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    if (listener) {
      if (timeoutMs === 0) this.removeListener("timeout", listener);
      else this.once("timeout", listener);
    }
    this.#lastMove = this.#clock.now();
    if (timeoutMs > 0) this.#watch(timeoutMs);
    return this;
  }

  /** Does nothing: there is no network on this way. */
  setNoDelay(): this {
    return this;
  }

  /** Does nothing: there is no network on this way. */
  setKeepAlive(): this {
    return this;
  }

  /** Does nothing: what keeps the process alive is the connection that a call is made on. */
  ref(): this {
    return this;
  }

  /** Does nothing, as {@link ref}. */
  unref(): this {
    return this;
  }

  /** @internal */
  moved(): void {
    if (this.#timer) this.#lastMove = this.#clock.now();
  }

  override _read(): void {
    this.#far.wanted();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: () => void): void {
    this.moved();
    this.#far.arrived(chunk, callback);
  }

  override _final(callback: () => void): void {
    this.#far.inputEnded();
    callback();
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    callback(error);
    this.#far.gone(error ?? undefined);
  }

  #watch(delayMs: number): void {
    this.#timer = this.#clock.schedule(
      delayMs,
      () => {
        const left = this.timeout - (this.#clock.now() - this.#lastMove);
        if (left > 0) this.#watch(left);
        else this.emit("timeout");
      },
      "upkeep",
    );
  }
}

/** The end of a {@link ServiceSocket} that an engine holds. */
class FarEnd implements ByteStream {
  readonly peer: Peer;
  readonly #socket: ServiceSocket;
  #receiver: ByteReceiver | undefined;
  #paused = false;
  #corks = 0;
  #corked: Buffer[] = [];
  #queued = 0;
  #notify = false;
  #pending: Buffer | undefined;
  #taken: (() => void) | undefined;
  #inputEnded = false;
  #endTold = false;
  #closed = false;
  #error: Error | undefined;
  #listeners: (() => void)[] | undefined;

  constructor(socket: ServiceSocket, encrypted: boolean) {
    this.#socket = socket;
    this.peer = { address: "", port: 0, localAddress: "", localPort: 0, encrypted };
  }

  get queued(): number {
    return this.#queued;
  }

  get destroyed(): boolean {
    return this.#socket.destroyed;
  }

  onClosed(listener: () => void): void {
    if (this.#closed) listener();
    else (this.#listeners ??= []).push(listener);
  }

  attach(receiver: ByteReceiver): void {
    this.#receiver = receiver;
    if (this.#closed) receiver.closed(this.#error);
    else this.#deliver();
  }

  writeText(latin1: string, notify?: boolean): void {
    this.#send(Buffer.from(latin1, "latin1"), notify);
  }

  write(bytes: Uint8Array, notify?: boolean): void {
    // A copy: whoever reads the socket may keep what it is given.
    this.#send(Buffer.from(bytes), notify);
  }

  cork(): void {
    this.#corks += 1;
  }

  uncork(): void {
    if (this.#corks === 0 || --this.#corks > 0 || this.#corked.length === 0) return;
    const all = this.#corked;
    this.#corked = [];
    this.#push(all.length === 1 ? all[0]! : Buffer.concat(all));
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#settleTaken();
    this.#deliver();
  }

  holdBuffer(): void {
    // What was written stays as it is until its callback is called, which waits while the stream is paused.
  }

  releaseBuffer(): void {
    // As above.
  }

  end(): void {
    this.#corks = Math.min(this.#corks, 1);
    this.uncork();
    if (!this.#socket.destroyed) this.#socket.push(null);
  }

  destroy(): void {
    // A client that has half a response takes this for what it is: the connection ended within it.
    this.#socket.destroy();
  }

  /** @internal Something was written to the socket. */
  arrived(chunk: Buffer, taken: () => void): void {
    // An engine reads something or nothing, but never nothing at all.
    if (chunk.length === 0) {
      taken();
      return;
    }
    this.#pending = chunk;
    this.#taken = taken;
    this.#deliver();
  }

  /** @internal Nothing more will be written to the socket. */
  inputEnded(): void {
    this.#inputEnded = true;
    this.#deliver();
  }

  /** @internal The socket's reader has room. */
  wanted(): void {
    if (this.#queued === 0) return;
    this.#queued = 0;
    this.#tellFlushed();
  }

  /** @internal The socket is gone. */
  gone(error: Error | undefined): void {
    this.#closed = true;
    this.#error = error;
    this.#pending = this.#taken = undefined;
    this.#receiver?.closed(error);
    const listeners = this.#listeners;
    this.#listeners = undefined;
    if (listeners) for (const listener of listeners) listener();
  }

  #deliver(): void {
    if (this.#paused || !this.#receiver || this.#closed) return;
    const chunk = this.#pending;
    this.#pending = undefined;
    if (chunk) {
      this.#receiver.received(chunk, chunk.length);
      if (!this.#paused) this.#settleTaken();
      return;
    }
    if (this.#inputEnded && !this.#endTold) {
      this.#endTold = true;
      this.#receiver.ended();
    }
  }

  #settleTaken(): void {
    const taken = this.#taken;
    if (this.#pending) return;
    this.#taken = undefined;
    taken?.();
  }

  #send(bytes: Buffer, notify = false): void {
    if (this.#socket.destroyed) return;
    this.#notify ||= notify;
    if (this.#corks > 0) this.#corked.push(bytes);
    else this.#push(bytes);
  }

  #push(bytes: Buffer): void {
    this.#socket.moved();
    if (!this.#socket.push(bytes)) this.#queued += bytes.length;
    this.#tellFlushed();
  }

  /** Later: a writer does not expect to hear of its write before that returns. */
  #tellFlushed(): void {
    if (!this.#notify || this.#queued > 0) return;
    this.#notify = false;
    queueMicrotask(() => {
      if (this.#queued === 0 && !this.#closed) this.#receiver?.flushed();
    });
  }
}
