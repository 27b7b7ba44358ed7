import type { Random } from "../../base/random.js";
import { type Body, BytesBody, emptyBody } from "../../wire/http/body.js";
import { asBytes } from "./chunk.js";
import { encodeForm } from "./form-data.js";
import { type ChunkSource, PulledBody } from "./pulled-body.js";
import { RecordedSource } from "./recorded.js";

/** What can be sent as the content of a request. */
export type BodySource =
  | string
  | Uint8Array
  | ArrayBuffer
  | ArrayBufferView
  | Blob
  | FormData
  | URLSearchParams
  | ReadableStream
  | AsyncIterable<unknown>
  | Iterable<unknown>;

/** Content that is ready to be sent. */
export interface Content {
  readonly body: Body;
  /** The `Content-Type` that its kind implies, for a request that has none. */
  readonly type: string | undefined;
  /** Makes the body once more; undefined when the source can be read only once. */
  readonly again: (() => Body) | undefined;
}

/** Content that may turn out to be too long to be sent again. */
export interface KeptContent extends Omit<Content, "again"> {
  /** Makes the body once more, if it still can; undefined when the source can be read only once. */
  readonly again: (() => Body | undefined) | undefined;
}

/** No content. */
export const noContent: Content = { body: emptyBody, type: undefined, again: () => emptyBody };

/**
 * Makes content of whatever a caller gives. Streams and iterables are read as the peer takes them, and
 * told when it goes away.
 *
 * @throws TypeError when `source` is nothing that can be sent, or a stream that is locked or used up
 */
export function contentOf(source: BodySource | null | undefined, random: Random): Content {
  if (source === undefined || source === null) return noContent;
  if (typeof source === "string") return whole(BytesBody.ofText(source), "text/plain;charset=UTF-8");
  if (source instanceof Uint8Array || source instanceof ArrayBuffer || ArrayBuffer.isView(source)) {
    return whole(BytesBody.of(asBytes(source)), undefined);
  }
  if (isOf<URLSearchParams>(source, URLSearchParams, "URLSearchParams")) {
    const type = "application/x-www-form-urlencoded;charset=UTF-8";
    return whole(BytesBody.ofText(source.toString()), type);
  }
  if (isOf<Blob>(source, Blob, "Blob") || isOf<Blob>(source, Blob, "File")) return blobContent(source);
  if (isOf<FormData>(source, FormData, "FormData")) return encodeForm(source, random);
  if (isOf<ReadableStream>(source, ReadableStream, "ReadableStream")) return streamContent(source);
  if (isAsyncIterable(source)) return once(() => source[Symbol.asyncIterator]());
  if (isIterable(source)) return once(() => chunksFrom(source));
  throw new TypeError(`cannot send ${Object.prototype.toString.call(source)} as content`);
}

/** The chunks of a web stream. */
function readerOf(stream: ReadableStream): ChunkSource {
  const reader: ReadableStreamDefaultReader<unknown> = stream.getReader();
  return {
    next: () => reader.read() as Promise<IteratorResult<unknown, unknown>>,
    return: (reason) => reader.cancel(reason),
  };
}

/** Whether it is one of a class of the web's, or of another copy of that class, such as undici's. */
function isOf<T>(
  source: object,
  type: abstract new (...args: never[]) => T,
  tag: string,
): source is T & object {
  return source instanceof type || (source as { [Symbol.toStringTag]?: unknown })[Symbol.toStringTag] === tag;
}

/** Content that is here as a whole: of a body that is empty the `Content-Length: 0` is still sent. */
function whole(body: BytesBody, type: string | undefined): Content {
  return { body, type, again: () => body };
}

function blobContent(blob: Blob): Content {
  const make = () => new PulledBody(() => readerOf(blob.stream() as ReadableStream), blob.size);
  return { body: make(), type: blob.type === "" ? undefined : blob.type, again: make };
}

function streamContent(stream: ReadableStream): Content {
  if (stream.locked) throw new TypeError("the stream to send is locked: somebody else reads it");
  return once(() => readerOf(stream));
}

/** Content of a `Request`, which does not tell what it was made of: kept while it is sent, if it is short. */
export function requestContent(stream: ReadableStream): KeptContent {
  if (stream.locked) throw new TypeError("the stream to send is locked: somebody else reads it");
  let recorded: RecordedSource | undefined;
  const body = new PulledBody(() => (recorded = new RecordedSource(readerOf(stream))));
  return { body, type: undefined, again: () => recorded?.again() };
}

function once(open: () => ChunkSource): Content {
  return { body: new PulledBody(open), type: undefined, again: undefined };
}

async function* chunksFrom(chunks: Iterable<unknown>): AsyncGenerator<unknown> & ChunkSource {
  yield* chunks;
}

function isIterable(value: object): value is Iterable<unknown> {
  return typeof (value as Partial<Iterable<unknown>>)[Symbol.iterator] === "function";
}

function isAsyncIterable(value: object): value is AsyncIterable<unknown> {
  return typeof (value as Partial<AsyncIterable<unknown>>)[Symbol.asyncIterator] === "function";
}
