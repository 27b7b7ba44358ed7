import type { Body, BodySink, StreamBody } from "../../wire/http/body.js";
import { chunksOf } from "../../wire/http/body-reader.js";
import type { Fields } from "../../wire/http/fields.js";
import type { HttpRequest } from "../../wire/http/message.js";

/**
 * Content of a request that arrives over time and knows whether anybody has begun to read it: what was
 * not begun, because no connection could be made for instance, can be sent by the next attempt.
 */
export class SentBody implements StreamBody {
  readonly kind = "stream";
  readonly #body: StreamBody;
  readonly #again: (() => Body) | undefined;
  #begun = false;

  /** `again` makes the content once more, where that is possible. */
  constructor(body: StreamBody, again?: () => Body) {
    this.#body = body;
    this.#again = again;
  }

  get length(): number | undefined {
    return this.#body.length;
  }

  get trailers(): Fields | undefined {
    return this.#body.trailers;
  }

  get done(): boolean {
    return this.#body.done;
  }

  /** The content for another attempt; `undefined` when it is used up and cannot be made again. */
  again(): Body | undefined {
    if (!this.#begun && !this.#body.done) return this;
    const body = this.#again?.();
    return body?.kind === "stream" ? new SentBody(body, this.#again) : body;
  }

  pipe(sink: BodySink): void {
    this.#begun = true;
    this.#body.pipe(sink);
  }

  resume(): void {
    this.#body.resume();
  }

  cancel(reason?: unknown): void {
    this.#body.cancel(reason);
  }

  onDone(listener: (error: Error | undefined) => void): void {
    this.#body.onDone(listener);
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    return chunksOf(this);
  }
}

/** The request for another attempt; `undefined` when its content is used up. */
export function requestAgain(request: HttpRequest): HttpRequest | undefined {
  const { body } = request;
  if (body.kind !== "stream") return request;
  const again = body instanceof SentBody ? body.again() : undefined;
  if (again === body) return request;
  return again && { ...request, body: again };
}
