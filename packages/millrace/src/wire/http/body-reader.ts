import { createDeferred, type Deferred } from "../../base/deferred.js";
import type { BodySink, StreamBody } from "./body.js";
import type { Fields } from "./fields.js";

/** Reads a stream body chunk by chunk; leaving the loop early cancels it. */
export function chunksOf(body: StreamBody): AsyncIterator<Uint8Array> {
  const reader = new BodyReader(body);
  return {
    next: () => reader.next(),
    return: () => {
      body.cancel();
      return Promise.resolve({ done: true, value: undefined });
    },
  };
}

/** Holds one chunk at a time, and asks for the next when that was taken. */
class BodyReader implements BodySink {
  readonly #body: StreamBody;
  #started = false;
  #chunks: Uint8Array[] = [];
  #ended = false;
  #error: Error | undefined;
  #waiting: Deferred<IteratorResult<Uint8Array>> | undefined;

  constructor(body: StreamBody) {
    this.#body = body;
  }

  next(): Promise<IteratorResult<Uint8Array>> {
    if (!this.#started) {
      this.#started = true;
      this.#body.pipe(this);
    } else if (this.#chunks.length === 0 && !this.#ended) {
      this.#body.resume();
    }
    const chunk = this.#chunks.shift();
    if (chunk) return Promise.resolve({ done: false, value: chunk });
    if (this.#error) return Promise.reject(this.#error);
    if (this.#ended) return Promise.resolve({ done: true, value: undefined });
    this.#waiting = createDeferred();
    return this.#waiting.promise;
  }

  write(chunk: Uint8Array): boolean {
    // The bytes outlive this call in the reader's hands, so they are copied.
    const own = Uint8Array.prototype.slice.call(chunk) as Uint8Array;
    if (this.#waiting) this.#answer({ done: false, value: own });
    else this.#chunks.push(own);
    return false;
  }

  end(_trailers: Fields | undefined): void {
    this.#ended = true;
    if (this.#waiting) this.#answer({ done: true, value: undefined });
  }

  fail(error: Error): void {
    this.#ended = true;
    this.#error = error;
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.reject(error);
  }

  #answer(result: IteratorResult<Uint8Array>): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting!.resolve(result);
  }
}
