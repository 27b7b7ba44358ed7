import type { Body } from "../../wire/http/body.js";
import type { Fields } from "../../wire/http/fields.js";
import { collect } from "./collect.js";
import { discard } from "./discard.js";
import { decodeText, textOf } from "./text.js";
import { toWebStream } from "./web-stream.js";

/**
 * The content of a response. Read it once, whole or in pieces; or {@link ResponseBody.discard} it: content that
 * nobody reads holds its connection.
 */
export class ResponseBody implements AsyncIterable<Uint8Array> {
  readonly #body: Body;
  readonly #maxBytes: number;
  #used = false;

  /** @internal */
  constructor(body: Body, maxBytes: number) {
    this.#body = body;
    this.#maxBytes = maxBytes;
  }

  /** Whether somebody has begun to read it, or thrown it away. */
  get used(): boolean {
    return this.#used;
  }

  /** Length in bytes, where it is known beforehand. */
  get length(): number | undefined {
    return this.#body.length;
  }

  /** The content as text in UTF-8, without byte order mark; what is no UTF-8 becomes U+FFFD. */
  text(): Promise<string> {
    if (this.#used) return Promise.reject(spent());
    const body = this.#take();
    const text = body.length !== undefined && body.length > this.#maxBytes ? undefined : textOf(body);
    return text === undefined ? collect(body, this.#maxBytes).then(decodeText) : Promise.resolve(text);
  }

  /**
   * The content as JSON. What type it has is the caller's claim: check it where it matters.
   *
   * @throws SyntaxError when it is no JSON
   */
  json<T = unknown>(): Promise<T> {
    return this.text().then(parseJson) as Promise<T>;
  }

  /** The content as bytes of the caller's own. */
  bytes(): Promise<Buffer> {
    return this.#used ? Promise.reject(spent()) : collect(this.#take(), this.#maxBytes);
  }

  /** The content as a web stream that reads nothing ahead. Cancelling it gives up the rest. */
  stream(): ReadableStream<Uint8Array> {
    return toWebStream(this.#take());
  }

  /** The content as the engine gives it: the cheapest way to read long content, with `pipe`. */
  raw(): Body {
    return this.#take();
  }

  /** Reads the content chunk by chunk. Leaving the loop early gives up the rest. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    const body = this.#take();
    if (body.kind === "bytes") yield body.bytes;
    else if (body.kind === "stream") yield* body;
  }

  /** Throws the content away: reads a short rest so that the connection can be used again, cancels a long one. */
  discard(): void {
    if (this.#used) return;
    discard(this.#take());
  }

  /** Fields that followed the content; known once it has been read to its end. */
  get trailers(): Fields | undefined {
    return this.#body.kind === "stream" ? this.#body.trailers : undefined;
  }

  #take(): Body {
    if (this.#used) throw spent();
    this.#used = true;
    return this.#body;
  }
}

function spent(): TypeError {
  return new TypeError("a body is read once, and this one has been");
}

function parseJson(text: string): unknown {
  return JSON.parse(text);
}
