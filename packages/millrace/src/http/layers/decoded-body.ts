import type { Transform } from "node:stream";
import { MillraceError } from "../../base/errors.js";
import type { Body, BodySink } from "../../wire/http/body.js";
import type { Fields } from "../../wire/http/fields.js";
import { MadeBody } from "../../wire/http/made-body.js";
import type { Coding } from "./codings.js";

/** How far content may grow. */
export interface DecodeBounds {
  readonly maxBytes: number;
  readonly maxRatio: number;
}

/** Below this many bytes nobody minds how much content has grown. */
const ratioFrom = 8 * 1024 * 1024;

/** Content that is decoded as it is read, at the reader's pace. */
export class DecodedBody extends MadeBody implements BodySink {
  readonly length = undefined;
  readonly #encoded: Exclude<Body, { kind: "empty" }>;
  readonly #coding: Coding;
  readonly #bounds: DecodeBounds;
  #decoder: Transform | undefined;
  #encodedBytes = 0;
  #decodedBytes = 0;
  #trailers: Fields | undefined;

  constructor(encoded: Exclude<Body, { kind: "empty" }>, coding: Coding, bounds: DecodeBounds) {
    super();
    this.#encoded = encoded;
    this.#coding = coding;
    this.#bounds = bounds;
    this.onDone(() => this.#decoder?.destroy());
  }

  override get trailers(): Fields | undefined {
    return this.#trailers;
  }

  resume(): void {
    this.#decoder?.resume();
  }

  protected begin(): void {
    if (this.#encoded.kind === "stream") this.#encoded.pipe(this);
    else {
      this.write(this.#encoded.bytes);
      this.end(undefined);
    }
  }

  protected givenUp(reason: unknown): void {
    if (this.#encoded.kind === "stream") this.#encoded.cancel(reason);
  }

  /** @internal Takes encoded content. The decoder reads it where it is, so the source waits. */
  write(chunk: Uint8Array): boolean {
    if (this.done || chunk.length === 0) return true;
    this.#encodedBytes += chunk.length;
    this.#decoder ??= this.#open(chunk[0]!);
    this.#decoder.write(chunk, this.#taken);
    return false;
  }

  /** @internal The encoded content is complete. */
  end(trailers: Fields | undefined): void {
    if (this.done) return;
    this.#trailers = trailers;
    if (this.#decoder) this.#decoder.end();
    else this.complete(trailers);
  }

  /** @internal The encoded content broke off. */
  fail(error: Error): void {
    this.breakOff(error);
  }

  readonly #taken = () => {
    if (!this.done && this.#encoded.kind === "stream") this.#encoded.resume();
  };

  #open(first: number): Transform {
    const decoder = this.#coding.decoder(first);
    decoder.on("data", (chunk: Buffer) => this.#pass(chunk));
    decoder.on("end", () => this.complete(this.#trailers));
    decoder.on("error", (error) => this.#break(undecodable(error)));
    return decoder;
  }

  #pass(chunk: Buffer): void {
    if (this.done) return;
    this.#decodedBytes += chunk.length;
    const { maxBytes, maxRatio } = this.#bounds;
    if (this.#decodedBytes > maxBytes) this.#break(tooLarge(`${maxBytes} bytes`));
    else if (this.#decodedBytes > ratioFrom && this.#decodedBytes > maxRatio * this.#encodedBytes) {
      this.#break(tooLarge(`${maxRatio} times what was sent`));
    } else if (!this.sink!.write(chunk)) this.#decoder!.pause();
  }

  #break(error: MillraceError): void {
    if (this.done) return;
    this.breakOff(error);
    this.givenUp(error);
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
