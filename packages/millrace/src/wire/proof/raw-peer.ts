import type { MemoryStream } from "../../testing/memory-stream.js";
import type { ByteReceiver } from "../index.js";

/** The far end of a connection under test: sends raw bytes, and keeps what comes. */
export class RawPeer implements ByteReceiver {
  readonly stream: MemoryStream;
  /** Whether the other side has said that it sends no more. */
  sawEnd = false;
  closedWith: Error | undefined;
  gone = false;
  /** Bytes received so far. */
  bytes = 0;
  readonly #chunks: Buffer[] = [];

  constructor(stream: MemoryStream) {
    this.stream = stream;
    stream.attach(this);
  }

  /** All that was received, as latin1. */
  get text(): string {
    return Buffer.concat(this.#chunks).toString("latin1");
  }

  /** Whether the other side sends no more, gently or not. */
  get over(): boolean {
    return this.sawEnd || this.gone;
  }

  /** Sends latin1 text or bytes. */
  send(data: string | Uint8Array): void {
    this.stream.write(typeof data === "string" ? Buffer.from(data, "latin1") : data);
  }

  /** Forgets what was received, and returns it. */
  take(): string {
    const { text } = this;
    this.#chunks.length = 0;
    return text;
  }

  received(buffer: Buffer, length: number): void {
    this.bytes += length;
    this.#chunks.push(Buffer.from(buffer.subarray(0, length)));
  }

  ended(): void {
    this.sawEnd = true;
  }

  flushed(): void {}

  closed(error: Error | undefined): void {
    this.gone = true;
    this.closedWith = error;
  }
}
