import type { BodySink, StreamBody } from "../../wire/http/body.js";
import { chunksOf } from "../../wire/http/body-reader.js";

/** A body in the hands of a test, and whether its reader gave it up. */
export interface TestStream {
  readonly body: StreamBody;
  readonly cancelled: boolean;
  fail(error: Error): void;
}

/** Makes a stream body of these chunks, that then ends, breaks off with `error`, or stays open. */
export function streamOf(chunks: readonly Uint8Array[], error?: Error, { open = false } = {}): TestStream {
  return new Chunks(chunks, error, open);
}

class Chunks implements StreamBody, TestStream {
  readonly kind = "stream";
  readonly length = undefined;
  readonly trailers = undefined;
  done = false;
  cancelled = false;
  readonly #rest: Uint8Array[];
  readonly #error: Error | undefined;
  readonly #open: boolean;
  #sink: BodySink | undefined;
  #listeners: ((error: Error | undefined) => void)[] = [];

  constructor(chunks: readonly Uint8Array[], error: Error | undefined, open: boolean) {
    this.#rest = [...chunks];
    this.#error = error;
    this.#open = open;
  }

  get body(): StreamBody {
    return this;
  }

  pipe(sink: BodySink): void {
    this.#sink = sink;
    this.resume();
  }

  resume(): void {
    while (!this.done) {
      const chunk = this.#rest.shift();
      if (!chunk) {
        if (!this.#open) this.#endAs(this.#error);
        return;
      }
      if (!this.#sink!.write(chunk)) return;
    }
  }

  cancel(): void {
    this.cancelled = !this.done;
    this.#finish(new Error("cancelled"));
  }

  fail(error: Error): void {
    if (this.done) return;
    this.#sink?.fail(error);
    this.#finish(error);
  }

  onDone(listener: (error: Error | undefined) => void): void {
    this.#listeners.push(listener);
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    return chunksOf(this);
  }

  #endAs(error: Error | undefined): void {
    if (error) this.fail(error);
    else this.#sink?.end(undefined);
    this.#finish(error);
  }

  #finish(error: Error | undefined): void {
    if (this.done) return;
    this.done = true;
    for (const listener of this.#listeners) listener(error);
  }
}
