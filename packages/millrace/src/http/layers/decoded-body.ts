import type { Transform } from "node:stream";
import { abortedError, MillraceError } from "../../base/errors.js";
import type { Body, BodySink, StreamBody } from "../../wire/http/body.js";
import { chunksOf } from "../../wire/http/body-reader.js";
import type { Fields } from "../../wire/http/fields.js";
import type { Coding } from "./codings.js";

/** How far content may grow. */
export interface DecodeBounds {
  readonly maxBytes: number;
  readonly maxRatio: number;
}

/** Below this many bytes nobody minds how much content has grown. */
const ratioFrom = 8 * 1024 * 1024;

/** Content that is decoded as it is read, at the reader's pace. */
export class DecodedBody implements StreamBody, BodySink {
  readonly kind = "stream";
  readonly length = undefined;
  readonly #encoded: Exclude<Body, { kind: "empty" }>;
  readonly #coding: Coding;
  readonly #bounds: DecodeBounds;
  #decoder: Transform | undefined;
  #sink: BodySink | undefined;
  #encodedBytes = 0;
  #decodedBytes = 0;
  #done = false;
  #error: Error | undefined;
  #trailers: Fields | undefined;
  #listeners: ((error: Error | undefined) => void)[] | undefined;

  constructor(encoded: Exclude<Body, { kind: "empty" }>, coding: Coding, bounds: DecodeBounds) {
    this.#encoded = encoded;
    this.#coding = coding;
    this.#bounds = bounds;
  }

  get trailers(): Fields | undefined {
    return this.#trailers;
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
    if (this.#encoded.kind === "stream") this.#encoded.pipe(this);
    else {
      this.write(this.#encoded.bytes);
      this.end(undefined);
    }
  }

  resume(): void {
    this.#decoder?.resume();
  }

  cancel(reason?: unknown): void {
    if (this.#done) return;
    this.#error = abortedError(reason);
    this.#finish();
    if (this.#encoded.kind === "stream") this.#encoded.cancel(reason);
  }

  onDone(listener: (error: Error | undefined) => void): void {
    if (this.#done) listener(this.#error);
    else (this.#listeners ??= []).push(listener);
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    return chunksOf(this);
  }

  /** @internal Takes encoded content. The decoder reads it where it is, so the source waits. */
  write(chunk: Uint8Array): boolean {
    if (this.#done || chunk.length === 0) return true;
    this.#encodedBytes += chunk.length;
    this.#decoder ??= this.#open(chunk[0]!);
    this.#decoder.write(chunk, this.#taken);
    return false;
  }

  /** @internal The encoded content is complete. */
  end(trailers: Fields | undefined): void {
    if (this.#done) return;
    this.#trailers = trailers;
    if (this.#decoder) this.#decoder.end();
    else this.#complete();
  }

  /** @internal The encoded content broke off. */
  fail(error: Error): void {
    if (this.#done) return;
    this.#error = error;
    this.#sink!.fail(error);
    this.#finish();
  }

  readonly #taken = () => {
    if (!this.#done && this.#encoded.kind === "stream") this.#encoded.resume();
  };

  #open(first: number): Transform {
    const decoder = this.#coding.decoder(first);
    decoder.on("data", (chunk: Buffer) => this.#pass(chunk));
    decoder.on("end", () => this.#complete());
    decoder.on("error", (error) => this.#break(undecodable(error)));
    return decoder;
  }

  #pass(chunk: Buffer): void {
    if (this.#done) return;
    this.#decodedBytes += chunk.length;
    const { maxBytes, maxRatio } = this.#bounds;
    if (this.#decodedBytes > maxBytes) this.#break(tooLarge(`${maxBytes} bytes`));
    else if (this.#decodedBytes > ratioFrom && this.#decodedBytes > maxRatio * this.#encodedBytes) {
      this.#break(tooLarge(`${maxRatio} times what was sent`));
    } else if (!this.#sink!.write(chunk)) this.#decoder!.pause();
  }

  #complete(): void {
    if (this.#done) return;
    this.#sink!.end(this.#trailers);
    this.#finish();
  }

  #break(error: MillraceError): void {
    if (this.#done) return;
    this.fail(error);
    if (this.#encoded.kind === "stream") this.#encoded.cancel(error);
  }

  #finish(): void {
    this.#done = true;
    this.#decoder?.destroy();
    const listeners = this.#listeners;
    this.#listeners = undefined;
    if (listeners) for (const listener of listeners) listener(this.#error);
  }
}

function undecodable(cause: Error): MillraceError {
  return new MillraceError(`content cannot be decoded: ${cause.message}`, {
    code: "protocol",
    unsent: false,
    cause,
  });
}

function tooLarge(bound: string): MillraceError {
  return new MillraceError(`decoded content is over ${bound}`, { code: "too-large", unsent: false });
}
