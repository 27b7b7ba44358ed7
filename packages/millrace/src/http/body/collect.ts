import { MillraceError } from "../../base/errors.js";
import type { Body, BodySink, StreamBody } from "../../wire/http/body.js";

/**
 * Collects a body as a whole, of at most `maxBytes`. The bytes belong to the caller.
 *
 * @throws MillraceError `too-large` when it is longer; the rest is cancelled
 */
export function collect(body: Body, maxBytes: number): Promise<Buffer> {
  if (body.length !== undefined && body.length > maxBytes) {
    const error = tooLarge(maxBytes);
    if (body.kind === "stream") body.cancel(error);
    return Promise.reject(error);
  }
  if (body.kind === "stream")
    return new Promise((resolve, reject) => body.pipe(new Collector(body, maxBytes, resolve, reject)));
  // A copy: the caller may write to it, and the body may be sent again.
  return Promise.resolve(body.kind === "empty" ? Buffer.alloc(0) : Buffer.from(body.bytes));
}

/** Takes all chunks as fast as they come. */
class Collector implements BodySink {
  readonly #body: StreamBody;
  readonly #maxBytes: number;
  readonly #resolve: (bytes: Buffer) => void;
  readonly #reject: (error: Error) => void;
  readonly #chunks: Buffer[] = [];
  #length = 0;

  constructor(
    body: StreamBody,
    maxBytes: number,
    resolve: (bytes: Buffer) => void,
    reject: (error: Error) => void,
  ) {
    this.#body = body;
    this.#maxBytes = maxBytes;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  write(chunk: Uint8Array): boolean {
    this.#length += chunk.length;
    if (this.#length > this.#maxBytes) {
      const error = tooLarge(this.#maxBytes);
      this.#reject(error);
      this.#body.cancel(error);
      return true;
    }
    this.#chunks.push(Buffer.from(chunk));
    return true;
  }

  end(): void {
    this.#resolve(this.#chunks.length === 1 ? this.#chunks[0]! : Buffer.concat(this.#chunks, this.#length));
  }

  fail(error: Error): void {
    this.#reject(error);
  }
}

function tooLarge(maxBytes: number): MillraceError {
  return new MillraceError(`a body is longer than ${maxBytes} bytes`, { code: "too-large", unsent: false });
}
