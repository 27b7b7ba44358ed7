import type { Body, BodySink, StreamBody } from "../../wire/http/body.js";
import type { HttpRequest } from "../../wire/http/message.js";
import { PassedBody } from "../../wire/http/passed-body.js";

/**
 * Content of a request that arrives over time and knows whether anybody has begun to read it: what was
 * not begun, because no connection could be made for instance, can be sent by the next attempt.
 */
export class SentBody extends PassedBody {
  readonly #again: (() => Body) | undefined;
  #begun = false;

  /** `again` makes the content once more, where that is possible. */
  constructor(body: StreamBody, again?: () => Body) {
    super(body);
    this.#again = again;
  }

  /** The content for another attempt; `undefined` when it is used up and cannot be made again. */
  again(): Body | undefined {
    if (!this.#begun && !this.inner.done) return this;
    const body = this.#again?.();
    return body?.kind === "stream" ? new SentBody(body, this.#again) : body;
  }

  override pipe(sink: BodySink): void {
    this.#begun = true;
    super.pipe(sink);
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
