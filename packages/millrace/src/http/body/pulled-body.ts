import { abortedError } from "../../base/errors.js";
import type { BodySink, StreamBody } from "../../wire/http/body.js";
import { chunksOf } from "../../wire/http/body-reader.js";
import { asBytes } from "./chunk.js";

/** Where chunks are pulled from: an async iterator whose `return` hears why it is left. */
export interface ChunkSource {
  next(): Promise<IteratorResult<unknown, unknown>>;
  return?(reason?: unknown): Promise<unknown>;
}

/** Chunks taken in a row before everything else gets a turn: a source that is always ready would starve it. */
const longestBurst = 16;

/**
 * Content pulled from a source, one chunk when the reader wants one. Nothing is asked of the source
 * before there is a reader, and it is told when the reader leaves.
 */
export class PulledBody implements StreamBody {
  readonly kind = "stream";
  readonly length: number | undefined;
  readonly trailers = undefined;
  readonly #open: () => ChunkSource;
  #source: ChunkSource | undefined;
  #sink: BodySink | undefined;
  #pulling = false;
  #burst = 0;
  #done = false;
  #error: Error | undefined;
  #listeners: ((error: Error | undefined) => void)[] | undefined;

  /** `open` is called when the content is first wanted, or given up. `length` where it is known. */
  constructor(open: () => ChunkSource, length?: number) {
    this.#open = open;
    this.length = length;
  }

  /** The same content, before anybody reads it, with its length told. */
  withLength(length: number): PulledBody {
    return new PulledBody(this.#open, length);
  }

  get done(): boolean {
    return this.#done;
  }

  pipe(sink: BodySink): void {
    if (this.#sink) throw new TypeError("a body has one reader");
    this.#sink = sink;
    if (this.#done) {
      sink.fail(this.#error ?? abortedError());
      return;
    }
    try {
      this.#source = this.#open();
    } catch (error) {
      this.#fail(error);
      return;
    }
    this.#pull();
  }

  resume(): void {
    if (this.#source) this.#pull();
  }

  cancel(reason?: unknown): void {
    if (this.#done) return;
    this.#error = reason instanceof Error ? reason : abortedError(reason);
    try {
      this.#source ??= this.#open();
      // Whoever makes the chunks may fail to stop: the call is over all the same.
      this.#source.return?.(reason)?.catch(() => {});
    } catch {
      // A source that cannot be opened needs no closing.
    }
    this.#finish();
  }

  onDone(listener: (error: Error | undefined) => void): void {
    if (this.#done) listener(this.#error);
    else (this.#listeners ??= []).push(listener);
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    return chunksOf(this);
  }

  #pull(): void {
    if (this.#pulling || this.#done) return;
    this.#pulling = true;
    this.#source!.next().then(this.#onResult, this.#onFailure);
  }

  readonly #onResult = (result: IteratorResult<unknown, unknown>) => {
    this.#pulling = false;
    if (this.#done) return;
    if (result.done) {
      this.#sink!.end(undefined);
      this.#finish();
      return;
    }
    let chunk: Uint8Array;
    try {
      chunk = asBytes(result.value);
    } catch (error) {
      this.#source!.return?.(error)?.catch(() => {});
      this.#fail(error);
      return;
    }
    if (!this.#sink!.write(chunk)) this.#burst = 0;
    else if (++this.#burst < longestBurst) this.#pull();
    else setImmediate(this.#afterBurst);
  };

  readonly #afterBurst = () => {
    this.#burst = 0;
    this.#pull();
  };

  readonly #onFailure = (error: unknown) => {
    this.#pulling = false;
    if (!this.#done) this.#fail(error);
  };

  #fail(reason: unknown): void {
    const error =
      reason instanceof Error ? reason : new TypeError("the source of a body failed", { cause: reason });
    this.#error = error;
    this.#sink!.fail(error);
    this.#finish();
  }

  #finish(): void {
    this.#done = true;
    const listeners = this.#listeners;
    this.#listeners = undefined;
    if (listeners) for (const listener of listeners) listener(this.#error);
  }
}
