import { Readable } from "node:stream";
import type { Body, StreamBody } from "../../wire/http/body.js";
import type { Fields } from "../../wire/http/fields.js";
import type { HttpResponse } from "../../wire/http/message.js";
import { isBodiless } from "../../wire/http/status.js";
import { collect } from "../body/collect.js";
import { discard } from "../body/discard.js";
import { decodeText, textOf } from "../body/text.js";
import { toWebStream } from "../body/web-stream.js";
import type { Destination } from "../destination.js";
import { bodyFailed } from "./fetch-error.js";
import { FetchHeaders } from "./fetch-headers.js";

/** What a response is made of, beside what the server sent. */
export interface ResponseParts {
  readonly destination: Pick<Destination, "href">;
  readonly redirected: boolean;
  /** Whether its body is null, whatever its fields say. */
  readonly bodiless: boolean;
  /** Content that was not read before this aborts is not to be had any more, be it here or not. */
  readonly signal: AbortSignal | undefined;
}

/** Whether the web's responses of this status have a null body. */
export function isNullBody(status: number): boolean {
  return isBodiless(status) || status === 205;
}

/**
 * A response of {@link createFetch}, with the interface of the web's `Response`, made of the parts that are read: no
 * web stream for who wants text, no `Headers` for who looks at the status.
 *
 * It is an `instanceof Response` all the same. What needs the real thing, such as `new Response(r.body, r)` or a
 * service worker's cache, gets one from {@link FetchResponse.toWeb}.
 */
export class FetchResponse {
  /** The status, from 200 to 999. */
  readonly status: number;
  readonly #response: HttpResponse;
  readonly #parts: ResponseParts;
  #body: Body;
  #used = false;
  #headers: FetchHeaders | undefined;
  #stream: ReadableStream<Uint8Array> | null | undefined;

  /** @internal */
  constructor(response: HttpResponse, parts: ResponseParts) {
    this.status = response.status;
    this.#response = response;
    this.#parts = parts;
    this.#body = response.body;
    if (response.body.kind === "stream") abandoned.register(this, response.body, this);
  }

  /** Whether the status is from 200 to 299. */
  get ok(): boolean {
    return this.status >= 200 && this.status < 300;
  }

  /** The reason phrase; may be empty. */
  get statusText(): string {
    return this.#response.reason;
  }

  /** Its header fields, which cannot be changed. Made when first asked for. */
  get headers(): Headers {
    this.#headers ??= new FetchHeaders(this.#response.fields);
    return this.#headers as unknown as Headers;
  }

  /** Always `basic`: nothing is held back here, as browsers do from other origins. */
  get type(): "basic" {
    return "basic";
  }

  /** The URL that answered in the end, without its fragment. */
  get url(): string {
    return this.#parts.destination.href;
  }

  /** Whether redirects were followed on the way. */
  get redirected(): boolean {
    return this.#parts.redirected;
  }

  /** Fields that followed the content; known once it has been read to its end. Not in the web's `Response`. */
  get trailers(): Fields | undefined {
    return this.#response.body.kind === "stream" ? this.#response.body.trailers : undefined;
  }

  /** The content as a web stream; null where there can be none. */
  get body(): ReadableStream<Uint8Array> | null {
    if (this.#stream !== undefined) return this.#stream;
    if (this.#parts.bodiless) this.#stream = null;
    else if (this.#used) this.#stream = spentStream();
    else if (this.#givenUp) this.#stream = brokenStream(this.#parts.signal!.reason);
    else this.#stream = toWebStream(this.#hold(), bodyFailed);
    return this.#stream;
  }

  /** Whether the content has been read, or is being read. */
  get bodyUsed(): boolean {
    if (this.#used) return !this.#parts.bodiless;
    return this.#stream ? Readable.isDisturbed(this.#stream as unknown as NodeJS.ReadableStream) : false;
  }

  /** The content as text in UTF-8. */
  text(): Promise<string> {
    if (this.#unusable) return Promise.reject(unusable());
    const text = this.#stream || this.#givenUp ? undefined : textOf(this.#body);
    if (text === undefined) return this.#collect().then(decodeText);
    this.#used = true;
    return Promise.resolve(text);
  }

  /** The content as JSON; rejects with a `SyntaxError` when it is none. */
  json(): Promise<unknown> {
    return this.text().then((text): unknown => JSON.parse(text));
  }

  /** The content as bytes. */
  bytes(): Promise<Uint8Array<ArrayBuffer>> {
    return this.#collect().then(ownBytes);
  }

  /** The content as an `ArrayBuffer`. */
  arrayBuffer(): Promise<ArrayBuffer> {
    return this.bytes().then(({ buffer }) => buffer);
  }

  /** The content as a `Blob` of the response's `Content-Type`. */
  blob(): Promise<Blob> {
    return this.#collect().then(
      (bytes) => new Blob([ownBytes(bytes)], { type: this.headers.get("content-type") ?? "" }),
    );
  }

  /** The content as a form, of `multipart/form-data` or `application/x-www-form-urlencoded`. */
  formData(): Promise<FormData> {
    return this.#collect().then((bytes) =>
      new Response(ownBytes(bytes), { headers: [...this.headers] }).formData(),
    );
  }

  /**
   * A second response with the same content. Of content that is still arriving, what one has read and the other has
   * not is kept in memory.
   *
   * @throws TypeError when the content has been read, or is being read
   */
  clone(): FetchResponse {
    if (this.#unusable) throw unusable();
    const copy = new FetchResponse(
      { ...this.#response, body: this.#body.kind === "stream" ? emptyCopy : this.#body },
      this.#parts,
    );
    if (this.#body.kind === "stream") {
      const [mine, theirs] = (this.body as ReadableStream<Uint8Array>).tee();
      this.#stream = mine;
      copy.#stream = theirs;
    }
    return copy;
  }

  /** A real `Response` of the web, to which the content goes over. Its `url` and `redirected` are those of this one. */
  toWeb(): Response {
    if (this.#unusable) throw unusable();
    const { body } = this;
    this.#used = true;
    const init = { status: this.status, statusText: this.statusText, headers: [...this.headers] };
    const web = new Response(body, init);
    const { url, redirected } = this;
    return Object.defineProperties(web, { url: { value: url }, redirected: { value: redirected } });
  }

  get [Symbol.toStringTag](): string {
    return "Response";
  }

  get #givenUp(): boolean {
    return this.#parts.signal?.aborted === true && !this.#parts.bodiless;
  }

  get #unusable(): boolean {
    return !this.#parts.bodiless && (this.bodyUsed || this.#stream?.locked === true);
  }

  /** Takes the body for good: from now on it ends by being read, not by being forgotten. */
  #hold(): Body {
    if (this.#body.kind === "stream") abandoned.unregister(this);
    return this.#body;
  }

  #collect(): Promise<Buffer> {
    if (this.#unusable) return Promise.reject(unusable());
    this.#used = true;
    if (this.#stream) return collectStream(this.#stream);
    if (this.#parts.bodiless) return Promise.resolve(Buffer.alloc(0));
    if (this.#givenUp) {
      discard(this.#hold());
      return Promise.reject(this.#parts.signal!.reason as Error);
    }
    return collect(this.#hold(), Infinity).catch((error: unknown) => {
      throw bodyFailed(error);
    });
  }
}

const emptyCopy = { kind: "empty", length: 0 } as const;

/** Bodies whose responses were forgotten unread must not hold their connections for ever. */
const abandoned = new FinalizationRegistry<StreamBody>((body) => body.cancel());

function unusable(): TypeError {
  return new TypeError("Body is unusable: Body has already been read");
}

/** What is left of a body that was read as a whole. */
function spentStream(): ReadableStream<Uint8Array> {
  const stream = new ReadableStream<Uint8Array>({ start: (controller) => controller.close() });
  stream.getReader();
  return stream;
}

function brokenStream(reason: unknown): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>({ start: (controller) => controller.error(reason) });
}

/** Reads a stream to its end, and keeps it locked, as the web does. */
async function collectStream(stream: ReadableStream<Uint8Array>): Promise<Buffer> {
  const reader = stream.getReader();
  const chunks: Uint8Array[] = [];
  for (let read = await reader.read(); !read.done; read = await reader.read()) chunks.push(read.value);
  return Buffer.concat(chunks);
}

/** Bytes with an `ArrayBuffer` of their own, where Node's pool may share one between many. */
function ownBytes(bytes: Buffer): Uint8Array<ArrayBuffer> {
  const { buffer, byteLength } = bytes;
  if (byteLength === buffer.byteLength) return new Uint8Array(buffer as ArrayBuffer);
  const copy = new Uint8Array(byteLength);
  copy.set(bytes);
  return copy;
}
