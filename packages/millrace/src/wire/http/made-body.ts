import { abortedError } from "../../base/errors.js";
import type { BodySink, StreamBody } from "./body.js";
import { chunksOf } from "./body-reader.js";
import type { Fields } from "./fields.js";

/**
 * What all content that this process makes has in common: one reader, one end, and those who wait for it. Who extends it
 * brings the chunks, from {@link begin} on, to {@link sink}.
 */
export abstract class MadeBody implements StreamBody {
  readonly kind = "stream";
  abstract readonly length: number | undefined;
  #sink: BodySink | undefined;
  #done = false;
  #error: Error | undefined;
  #listeners: ((error: Error | undefined) => void)[] | undefined;

  get trailers(): Fields | undefined {
    return undefined;
  }

  get done(): boolean {
    return this.#done;
  }

  /** Who reads; nobody before {@link begin}. */
  protected get sink(): BodySink | undefined {
    return this.#sink;
  }

  pipe(sink: BodySink): void {
    if (this.#sink) throw new TypeError("a body has one reader");
    this.#sink = sink;
    if (this.#done) sink.fail(this.#error ?? abortedError());
    else this.begin();
  }

  abstract resume(): void;

  cancel(reason?: unknown): void {
    if (this.#done) return;
    this.#finish(reason instanceof Error ? reason : abortedError(reason));
    this.givenUp(reason);
  }

  onDone(listener: (error: Error | undefined) => void): void {
    if (this.#done) listener(this.#error);
    else (this.#listeners ??= []).push(listener);
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    return chunksOf(this);
  }

  /** Somebody reads: chunks may flow. */
  protected abstract begin(): void;

  /** The reader wants no more; told once, when the body is done. */
  protected abstract givenUp(reason: unknown): void;

  /** The reader has been given all. */
  protected complete(trailers?: Fields): void {
    if (this.#done) return;
    this.#sink!.end(trailers);
    this.#finish(undefined);
  }

  /** There will be no more, and it is not all. */
  protected breakOff(error: Error): void {
    if (this.#done) return;
    this.#sink?.fail(error);
    this.#finish(error);
  }

  #finish(error: Error | undefined): void {
    // A reader may have given up while it was told of the end.
    if (this.#done) return;
    this.#done = true;
    this.#error = error;
    const listeners = this.#listeners;
    this.#listeners = undefined;
    if (listeners) for (const listener of listeners) listener(error);
  }
}
