import type { ByteReceiver, ByteStream, Peer } from "../wire/index.js";

/** How a stream in memory cuts what it carries, and how much it takes. */
export interface MemoryStreamOptions {
  /**
   * Bytes that are on their way to a reader before writes begin to queue, as in a kernel's buffers.
   * @defaultValue 65_536
   */
  readonly capacityBytes?: number | undefined;
  /**
   * Gives the most bytes of the next read, from 1 up: called before each one.
   * @defaultValue 65_536 each time
   */
  readonly readBytes?: (() => number) | undefined;
  /** @defaultValue false */
  readonly encrypted?: boolean | undefined;
}

const bufferBytes = 64 * 1024;

/** Where bytes are read into that nobody asked to hold. */
const sharedBuffer = Buffer.allocUnsafeSlow(bufferBytes);

/** What used bytes are overwritten with, so that whoever kept them is found out. */
const poison = 0xee;

/**
 * Makes the two ends of a connection that exists in memory only, with the ways of a socket; both with
 * the same options unless the other end has its own.
 *
 * All that happens, happens in microtasks. A read's buffer is overwritten as soon as the promise of
 * {@link ByteStream.holdBuffer} allows, written bytes are read no earlier than they leave, and a stream
 * closed with bytes unread resets its peer.
 */
export function createMemoryPair(
  options: MemoryStreamOptions = {},
  otherOptions: MemoryStreamOptions = options,
): [one: MemoryStream, other: MemoryStream] {
  const one = new MemoryStream(options, 40_001, 80);
  const other = new MemoryStream(otherOptions, 80, 40_001);
  one.join(other);
  other.join(one);
  return [one, other];
}

/** What was written at once, and what of it has not left. */
interface Write {
  rest: Uint8Array;
  readonly length: number;
}

/** One end of a connection in memory. */
export class MemoryStream implements ByteStream {
  /** The other end, which says it is at 127.0.0.1. */
  readonly peer: Peer;
  /** Writes made after {@link end}, which a socket would answer with an error. */
  lateWrites = 0;
  /** Most bytes that were {@link queued} at a time. */
  mostQueued = 0;
  readonly #capacity: number;
  readonly #readBytes: () => number;
  readonly #outbox: Write[] = [];
  readonly #inbox: Buffer[] = [];
  #other!: MemoryStream;
  #receiver: ByteReceiver | undefined;
  #queued = 0;
  #inboxBytes = 0;
  #corks = 0;
  #notify = false;
  #ending = false;
  #finished = false;
  #inboxEnded = false;
  #endSeen = false;
  #paused = false;
  #scheduled = false;
  #holding = false;
  #ownBuffer: Buffer | undefined;
  #destroyed = false;
  #closed = false;
  #error: Error | undefined;
  readonly #closeListeners: (() => void)[] = [];

  /** @internal */
  constructor(options: MemoryStreamOptions, port: number, localPort: number) {
    this.#capacity = options.capacityBytes ?? 65_536;
    this.#readBytes = options.readBytes ?? (() => bufferBytes);
    const encrypted = options.encrypted ?? false;
    this.peer = { address: "127.0.0.1", port, localAddress: "127.0.0.1", localPort, encrypted };
  }

  /** @internal Sets the other end. */
  join(other: MemoryStream): void {
    this.#other = other;
  }

  get queued(): number {
    return this.#queued;
  }

  get destroyed(): boolean {
    return this.#destroyed;
  }

  /** Whether reading is paused. */
  get paused(): boolean {
    return this.#paused;
  }

  /** Bytes that have left the other end and have not been read here. */
  get unread(): number {
    return this.#inboxBytes;
  }

  onClosed(listener: () => void): void {
    if (this.#closed) listener();
    else this.#closeListeners.push(listener);
  }

  attach(receiver: ByteReceiver): void {
    this.#receiver = receiver;
    if (this.#closed) receiver.closed(this.#error);
    else if (this.#endSeen) receiver.ended();
    else this.#schedule();
  }

  writeText(latin1: string, notify = false): void {
    this.write(Buffer.from(latin1, "latin1"), notify);
  }

  write(bytes: Uint8Array, notify = false): void {
    if (this.#ending) this.lateWrites += 1;
    if (this.#ending || this.#destroyed) return;
    this.#notify ||= notify;
    if (bytes.length > 0) this.#outbox.push({ rest: bytes, length: bytes.length });
    this.#queued += bytes.length;
    this.#pump();
    this.mostQueued = Math.max(this.mostQueued, this.#queued);
  }

  cork(): void {
    this.#corks += 1;
  }

  uncork(): void {
    if (this.#corks > 0) this.#corks -= 1;
    this.#pump();
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#schedule();
  }

  holdBuffer(): void {
    this.#holding = true;
  }

  releaseBuffer(inUse: boolean): void {
    this.#holding = false;
    if (inUse) this.#ownBuffer = undefined;
  }

  end(): void {
    if (this.#destroyed) return;
    this.#ending = true;
    this.#corks = 0;
    this.#pump();
  }

  destroy(reset = false): void {
    if (this.#destroyed) return;
    const rude = reset || this.#inboxBytes > 0;
    this.#die(undefined);
    if (rude) this.#other.#wasReset();
    else this.#other.#inputEnded();
  }

  /** Moves what was written towards the reader, as far as there is room. */
  #pump(): void {
    if (this.#corks > 0 || this.#destroyed) return;
    while (this.#outbox.length > 0) {
      const room = this.#capacity - this.#other.#inboxBytes;
      if (room <= 0) return;
      const write = this.#outbox[0]!;
      const moved = Buffer.from(write.rest.subarray(0, room));
      write.rest = write.rest.subarray(room);
      if (write.rest.length === 0) {
        this.#outbox.shift();
        // As with a socket: how much of a write has left can not be told before all of it has.
        this.#queued -= write.length;
      }
      this.#other.#arrive(moved);
    }
    if (this.#notify) {
      this.#notify = false;
      queueMicrotask(() => {
        if (!this.#destroyed && this.#queued === 0) this.#receiver?.flushed();
      });
    }
    if (this.#ending && !this.#finished) {
      this.#finished = true;
      this.#other.#inputEnded();
      this.#closeWhenOver();
    }
  }

  #arrive(bytes: Buffer): void {
    if (this.#destroyed) {
      queueMicrotask(() => this.#other.#wasReset());
      return;
    }
    this.#inbox.push(bytes);
    this.#inboxBytes += bytes.length;
    this.#schedule();
  }

  #inputEnded(): void {
    this.#inboxEnded = true;
    this.#schedule();
  }

  #wasReset(): void {
    if (this.#destroyed) return;
    this.#inbox.length = 0;
    this.#inboxBytes = 0;
    this.#die(Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" }));
  }

  #schedule(): void {
    if (this.#scheduled || this.#paused || this.#destroyed || !this.#receiver) return;
    if (this.#inboxBytes === 0 && (!this.#inboxEnded || this.#endSeen)) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      this.#read();
      this.#schedule();
    });
  }

  #read(): void {
    if (this.#paused || this.#destroyed) return;
    if (this.#inboxBytes > 0) this.#deliver();
    else if (this.#inboxEnded && !this.#endSeen) {
      this.#endSeen = true;
      this.#receiver!.ended();
      this.#closeWhenOver();
    }
  }

  #deliver(): void {
    const own = this.#holding ? (this.#ownBuffer ??= Buffer.allocUnsafeSlow(bufferBytes)) : undefined;
    const buffer = own ?? sharedBuffer;
    const length = this.#take(buffer, Math.min(Math.max(1, this.#readBytes()), bufferBytes));
    this.#other.#pump();
    this.#receiver!.received(buffer, length);
    const stays = own !== undefined && (own !== this.#ownBuffer || this.#paused);
    if (!stays) buffer.fill(poison, 0, length);
  }

  /** Fills `buffer` with at most `most` bytes of what has arrived. */
  #take(buffer: Buffer, most: number): number {
    let length = 0;
    while (length < most && this.#inbox.length > 0) {
      const chunk = this.#inbox.shift()!;
      const used = chunk.copy(buffer, length, 0, Math.min(chunk.length, most - length));
      if (used < chunk.length) this.#inbox.unshift(chunk.subarray(used));
      length += used;
    }
    this.#inboxBytes -= length;
    return length;
  }

  #closeWhenOver(): void {
    if (this.#finished && this.#endSeen) this.#die(undefined);
  }

  #die(error: Error | undefined): void {
    if (this.#destroyed) return;
    this.#destroyed = true;
    this.#error = error;
    this.#outbox.length = 0;
    this.#queued = 0;
    queueMicrotask(() => {
      this.#closed = true;
      this.#receiver?.closed(this.#error);
      for (const listener of this.#closeListeners) listener();
    });
  }
}
