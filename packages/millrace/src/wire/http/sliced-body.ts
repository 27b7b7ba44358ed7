import { abortedError } from "../../base/errors.js";
import type { BodySink, BytesBody, StreamBody } from "./body.js";
import { chunksOf } from "./body-reader.js";

/** Content up to this many bytes leaves in one write. */
export const sliceBytes = 256 * 1024;

/** Content as it is, or as a {@link SlicedBody} where it is too large for one write. */
export function inSlices(body: BytesBody): BytesBody | SlicedBody {
  return body.length > sliceBytes ? new SlicedBody(body) : body;
}

/**
 * Whole content as a stream of slices, each taken when the one before has left. What a socket tells of
 * a write is that all of it has left: of one large write nobody could tell a slow peer from a stuck one.
 */
export class SlicedBody implements StreamBody {
  readonly kind = "stream";
  readonly length: number;
  readonly trailers = undefined;
  readonly #bytes: Uint8Array;
  #sink: BodySink | undefined;
  #at = 0;
  #done = false;
  #error: Error | undefined;
  #listeners: ((error: Error | undefined) => void)[] | undefined;

  constructor(body: BytesBody) {
    this.#bytes = body.bytes;
    this.length = body.length;
  }

  get done(): boolean {
    return this.#done;
  }

  pipe(sink: BodySink): void {
    if (this.#sink) throw new TypeError("a body has one reader");
    this.#sink = sink;
    if (this.#done) sink.fail(this.#error ?? abortedError());
    else this.resume();
  }

  resume(): void {
    if (!this.#sink || this.#done) return;
    while (this.#at < this.length) {
      const slice = this.#bytes.subarray(this.#at, this.#at + sliceBytes);
      this.#at += slice.length;
      if (!this.#sink.write(slice)) return;
      if (this.#done) return;
    }
    this.#finish(undefined);
    this.#sink.end(undefined);
  }

  cancel(reason?: unknown): void {
    if (!this.#done) this.#finish(reason instanceof Error ? reason : abortedError(reason));
  }

  onDone(listener: (error: Error | undefined) => void): void {
    if (this.#done) listener(this.#error);
    else (this.#listeners ??= []).push(listener);
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    return chunksOf(this);
  }

  #finish(error: Error | undefined): void {
    this.#done = true;
    this.#error = error;
    const listeners = this.#listeners;
    this.#listeners = undefined;
    if (listeners) for (const listener of listeners) listener(error);
  }
}
