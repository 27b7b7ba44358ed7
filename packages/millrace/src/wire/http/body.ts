import type { Fields } from "./fields.js";

/** A message without content. */
export interface EmptyBody {
  readonly kind: "empty";
  readonly length: 0;
}

/** The one {@link EmptyBody}. */
export const emptyBody: EmptyBody = { kind: "empty", length: 0 };

/** Content that is here as a whole, and so can be sent again. */
export class BytesBody {
  readonly kind = "bytes";
  /** Length in bytes. */
  readonly length: number;
  #bytes: Uint8Array | undefined;
  #latin1: string | undefined;

  private constructor(length: number, bytes: Uint8Array | undefined, latin1: string | undefined) {
    this.length = length;
    this.#bytes = bytes;
    this.#latin1 = latin1;
  }

  /** Content of these bytes, which must not be changed afterwards. */
  static of(bytes: Uint8Array): BytesBody {
    return new BytesBody(bytes.length, bytes, undefined);
  }

  /** Content of text whose every character is one byte. */
  static ofLatin1(text: string): BytesBody {
    return new BytesBody(text.length, undefined, text);
  }

  /** Content of `text` in UTF-8. */
  static ofText(text: string): BytesBody {
    return isShortAscii(text) ? BytesBody.ofLatin1(text) : BytesBody.of(Buffer.from(text, "utf8"));
  }

  /** The content as bytes. */
  get bytes(): Uint8Array {
    this.#bytes ??= Buffer.from(this.#latin1!, "latin1");
    return this.#bytes;
  }

  /** The content with one character a byte, which small messages are written as. */
  get latin1(): string {
    if (this.#latin1 === undefined) {
      const { buffer, byteOffset, byteLength } = this.#bytes!;
      this.#latin1 = Buffer.from(buffer, byteOffset, byteLength).toString("latin1");
    }
    return this.#latin1;
  }

  /** The content read as UTF-8. */
  text(): string {
    if (this.#latin1 !== undefined && isShortAscii(this.#latin1)) return this.#latin1;
    const { buffer, byteOffset, byteLength } = this.bytes;
    return Buffer.from(buffer, byteOffset, byteLength).toString("utf8");
  }
}

/** Up to this many characters, finding text to be ASCII costs less than encoding or decoding it. */
const shortText = 1_024;

/** Whether `text` is short, and the same in latin1 and UTF-8. */
function isShortAscii(text: string): boolean {
  if (text.length > shortText) return false;
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) > 0x7f) return false;
  return true;
}

/** Takes the chunks of a {@link StreamBody}. */
export interface BodySink {
  /**
   * Takes the next chunk. True: `chunk` has been used up, send the next. False: leave its bytes alone
   * and send no more until {@link StreamBody.resume}.
   */
  write(chunk: Uint8Array): boolean;
  /** The content is complete. */
  end(trailers: Fields | undefined): void;
  /** The content broke off: what came so far is not all of it. */
  fail(error: Error): void;
}

/**
 * Content that arrives over time, read once, by one reader, at the reader's pace.
 *
 * Nothing is read ahead but what arrived with the head, so an unread body holds its connection: read
 * it or {@link cancel} it. Take it chunk by chunk with `for await`, or push it to a sink with
 * {@link pipe}, which copies nothing.
 */
export interface StreamBody extends AsyncIterable<Uint8Array> {
  readonly kind: "stream";
  /** Length in bytes where the sender announced one. */
  readonly length: number | undefined;
  /** Fields that followed the content; known once it has ended. */
  readonly trailers: Fields | undefined;
  /** Whether the whole content has been handed to the reader, or it has failed or been cancelled. */
  readonly done: boolean;
  /** Starts the flow into `sink`. A body has one reader: a second one is an error. */
  pipe(sink: BodySink): void;
  /** Goes on after the sink's `write` said false. */
  resume(): void;
  /** Gives up the rest. The connection it comes on may have to close for it. */
  cancel(reason?: unknown): void;
  /** Calls `listener` when the body has ended, with the error if it broke off; at once if it already has. */
  onDone(listener: (error: Error | undefined) => void): void;
}

/** The content of a message. */
export type Body = EmptyBody | BytesBody | StreamBody;

/**
 * Collects a body of at most `maxBytes`.
 *
 * @throws RangeError when it is longer; the rest is cancelled
 */
export async function readAll(body: Body, maxBytes = Infinity): Promise<Uint8Array> {
  if (body.kind === "empty") return new Uint8Array(0);
  if (body.length !== undefined && body.length > maxBytes) {
    if (body.kind === "stream") body.cancel();
    throw new RangeError(`body of ${body.length} bytes is longer than ${maxBytes}`);
  }
  if (body.kind === "bytes") return body.bytes;

  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > maxBytes) throw new RangeError(`body is longer than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, length);
}
