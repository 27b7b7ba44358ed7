import { MillraceError } from "../../base/errors.js";
import type { BodySink, StreamBody } from "../http/body.js";
import type { Fields } from "../http/fields.js";
import type { ByteStream } from "../stream/byte-stream.js";
import { readLatin1 } from "../stream/latin1.js";
import { trailerSection } from "./serialize.js";

/** The connection that a body leaves by. */
export interface SendingOwner {
  /** Some of it has been written: the peer is not stuck. */
  bodyProgress(): void;
  /** All of it has been written. */
  bodySent(): void;
  /** It cannot be completed: the connection must not look as if it were. */
  bodyBroken(error: Error): void;
}

/** Chunks up to this many bytes are written as one text with their frame around them. */
const textChunkLimit = 4_096;

/** What of a body is there at its start leaves with the head up to this many bytes. */
const alongLimit = 64 * 1024;

/** Sends a stream body over a connection, framed, at the peer's pace. */
export class OutgoingBody implements BodySink {
  readonly #stream: ByteStream;
  readonly #body: StreamBody;
  readonly #chunked: boolean;
  readonly #owner: SendingOwner;
  readonly #trailersAllowed: boolean;
  #remaining: number;
  #starting = false;
  #finished = false;
  #sentBytes = 0;

  constructor(
    stream: ByteStream,
    body: StreamBody,
    framing: { readonly chunked: boolean; readonly trailers: boolean },
    owner: SendingOwner,
  ) {
    this.#stream = stream;
    this.#body = body;
    this.#chunked = framing.chunked;
    this.#trailersAllowed = framing.trailers;
    this.#owner = owner;
    this.#remaining = body.length ?? Infinity;
  }

  /** Whether the whole body has been written, or has failed. */
  get finished(): boolean {
    return this.#finished;
  }

  /** Bytes of content written. */
  get sentBytes(): number {
    return this.#sentBytes;
  }

  /** Starts the flow: `head` leaves together with what of the body is already here. */
  start(head: string): void {
    this.#stream.cork();
    this.#stream.writeText(head);
    this.#starting = true;
    this.#body.pipe(this);
    this.#starting = false;
    this.#stream.uncork();
  }

  /** The connection has sent what it was given. */
  flushed(): void {
    if (this.#finished) return;
    this.#owner.bodyProgress();
    this.#body.resume();
  }

  /** Gives the rest up, and tells the body's source. */
  abandon(reason: unknown): void {
    if (this.#finished) return;
    this.#finished = true;
    this.#body.cancel(reason);
  }

  write(chunk: Uint8Array): boolean {
    if (this.#finished) return true;
    if (chunk.length === 0) return true;
    // A stream that is gone queues nothing: without a pause a willing source would never stop.
    if (this.#stream.destroyed) return false;
    this.#remaining -= chunk.length;
    if (this.#remaining < 0) {
      this.fail(new MillraceError("a body is longer than it said", { code: "protocol", unsent: false }));
      this.#body.cancel();
      return true;
    }
    this.#sentBytes += chunk.length;
    if (this.#chunked) this.#writeChunk(chunk);
    else this.#stream.write(chunk, true);
    // What came along with the head is the body's own copy: no need to wait for it, up to a bound.
    const along = this.#starting && this.#sentBytes <= alongLimit;
    if (this.#stream.queued > 0 && !along) return false;
    this.#owner.bodyProgress();
    return true;
  }

  end(trailers: Fields | undefined): void {
    if (this.#finished) return;
    if (Number.isFinite(this.#remaining) && this.#remaining > 0) {
      this.fail(new MillraceError("a body is shorter than it said", { code: "protocol", unsent: false }));
      return;
    }
    this.#finished = true;
    if (this.#chunked) this.#stream.writeText(trailerSection(this.#trailersAllowed ? trailers : undefined));
    this.#owner.bodySent();
  }

  fail(error: Error): void {
    if (this.#finished) return;
    this.#finished = true;
    this.#owner.bodyBroken(error);
  }

  #writeChunk(chunk: Uint8Array): void {
    const size = `${chunk.length.toString(16)}\r\n`;
    if (chunk.length <= textChunkLimit) {
      const { buffer, byteOffset, byteLength } = chunk;
      const text = readLatin1(Buffer.from(buffer, byteOffset, byteLength), 0, byteLength);
      this.#stream.writeText(`${size}${text}\r\n`, true);
      return;
    }
    this.#stream.cork();
    this.#stream.writeText(size);
    this.#stream.write(chunk);
    this.#stream.writeText("\r\n", true);
    this.#stream.uncork();
  }
}
