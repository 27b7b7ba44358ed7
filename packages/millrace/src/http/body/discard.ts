import type { Body, BodySink, StreamBody } from "../../wire/http/body.js";

/** Up to this many bytes are read to be thrown away, so that their connection can be used again. */
const worthReading = 64 * 1024;

/** Throws a body away: a short rest is read, so that its connection lives; a long one is cancelled. */
export function discard(body: Body): void {
  if (body.kind !== "stream" || body.done) return;
  if (body.length !== undefined && body.length > worthReading) body.cancel();
  else body.pipe(new Drain(body));
}

class Drain implements BodySink {
  readonly #body: StreamBody;
  #left = worthReading;

  constructor(body: StreamBody) {
    this.#body = body;
  }

  write(chunk: Uint8Array): boolean {
    this.#left -= chunk.length;
    if (this.#left < 0) this.#body.cancel();
    return true;
  }

  end(): void {
    // Nobody waits for it.
  }

  fail(): void {
    // What was thrown away may break off.
  }
}
