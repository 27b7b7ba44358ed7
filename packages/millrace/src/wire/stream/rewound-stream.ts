import type { ByteReceiver, ByteStream, Peer } from "./byte-stream.js";

/** A paused stream that gives some bytes, read from it too early, once more to the next receiver. */
export class RewoundStream implements ByteStream {
  readonly #inner: ByteStream;
  #unread: Buffer | undefined;

  constructor(inner: ByteStream, unread: Buffer) {
    this.#inner = inner;
    this.#unread = unread;
  }

  get peer(): Peer {
    return this.#inner.peer;
  }

  get queued(): number {
    return this.#inner.queued;
  }

  get destroyed(): boolean {
    return this.#inner.destroyed;
  }

  onClosed(listener: () => void): void {
    this.#inner.onClosed(listener);
  }

  attach(receiver: ByteReceiver): void {
    this.#inner.resume();
    const unread = this.#unread;
    this.#unread = undefined;
    if (unread && unread.length > 0) receiver.received(unread, unread.length);
    this.#inner.attach(receiver);
  }

  writeText(latin1: string, notify?: boolean): void {
    this.#inner.writeText(latin1, notify);
  }

  write(bytes: Uint8Array, notify?: boolean): void {
    this.#inner.write(bytes, notify);
  }

  cork(): void {
    this.#inner.cork();
  }

  uncork(): void {
    this.#inner.uncork();
  }

  pause(): void {
    this.#inner.pause();
  }

  resume(): void {
    this.#inner.resume();
  }

  holdBuffer(): void {
    this.#inner.holdBuffer();
  }

  releaseBuffer(inUse: boolean): void {
    this.#inner.releaseBuffer(inUse);
  }

  end(): void {
    this.#inner.end();
  }

  destroy(reset?: boolean): void {
    this.#inner.destroy(reset);
  }
}
