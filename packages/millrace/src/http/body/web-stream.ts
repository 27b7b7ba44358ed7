import type { Body, BodySink, StreamBody } from "../../wire/http/body.js";

/**
 * Makes a web stream of a body. It reads nothing ahead: each `read` brings the next chunk, and `cancel`
 * gives the rest up. It is a byte stream, so BYOB readers work.
 *
 * @param mapError makes the error that readers see of the one the body broke off with
 */
export function toWebStream(
  body: Body,
  mapError: (error: Error) => unknown = same,
): ReadableStream<Uint8Array> {
  const source = body.kind === "stream" ? new StreamSource(body, mapError) : new WholeSource(body);
  // With nothing read ahead, a stream that nobody reads holds no memory.
  return new ReadableStream(source, { highWaterMark: 0 }) as ReadableStream<Uint8Array>;
}

class WholeSource {
  readonly type = "bytes";
  readonly #body: Exclude<Body, StreamBody>;

  constructor(body: Exclude<Body, StreamBody>) {
    this.#body = body;
  }

  pull(controller: ReadableByteStreamController): void {
    // A copy: what a byte stream is given is taken away from whoever had it.
    if (this.#body.length > 0) controller.enqueue(copyOf((this.#body as { bytes: Uint8Array }).bytes));
    finish(controller);
  }
}

class StreamSource implements BodySink {
  readonly type = "bytes";
  readonly #body: StreamBody;
  readonly #mapError: (error: Error) => unknown;
  #controller: ReadableByteStreamController | undefined;
  #pulled: (() => void) | undefined;
  #over = false;

  constructor(body: StreamBody, mapError: (error: Error) => unknown) {
    this.#body = body;
    this.#mapError = mapError;
  }

  start(controller: ReadableByteStreamController): void {
    // A body that breaks off while nobody reads is an error for the next reader.
    this.#controller = controller;
    this.#body.onDone((error) => {
      if (error) this.fail(error);
    });
  }

  pull(): Promise<void> {
    const { promise, resolve } = pullPromise();
    this.#pulled = resolve;
    if (!this.#started) {
      this.#started = true;
      this.#body.pipe(this);
    } else this.#body.resume();
    return promise;
  }

  #started = false;

  cancel(reason: unknown): void {
    this.#over = true;
    this.#body.cancel(reason);
  }

  write(chunk: Uint8Array): boolean {
    if (this.#over) return true;
    this.#controller!.enqueue(copyOf(chunk));
    this.#settle();
    return false;
  }

  end(): void {
    if (this.#over) return;
    this.#over = true;
    finish(this.#controller!);
    this.#settle();
  }

  fail(error: Error): void {
    if (this.#over) return;
    this.#over = true;
    this.#controller!.error(this.#mapError(error));
    this.#settle();
  }

  #settle(): void {
    const pulled = this.#pulled;
    this.#pulled = undefined;
    pulled?.();
  }
}

function pullPromise(): { promise: Promise<void>; resolve: () => void } {
  let resolve!: () => void;
  const promise = new Promise<void>((settle) => (resolve = settle));
  return { promise, resolve };
}

/** Closes a byte stream, also for a reader who waits with a buffer of its own. */
function finish(controller: ReadableByteStreamController): void {
  controller.close();
  controller.byobRequest?.respond(0);
}

function copyOf(chunk: Uint8Array): Uint8Array<ArrayBuffer> {
  const copy = new Uint8Array(chunk.length);
  copy.set(chunk);
  return copy;
}

function same(error: Error): unknown {
  return error;
}
