import { MillraceError } from "../../base/errors.js";
import type { BodySink, StreamBody } from "../http/body.js";
import { chunksOf } from "../http/body-reader.js";
import type { Fields } from "../http/fields.js";
import { ChunkedDecoder, type ContentReceiver } from "./chunked-decoder.js";
import type { Framing } from "./framing.js";
import type { MessageLimits } from "./limits.js";

/** The connection that a body arrives on. */
export interface BodyOwner {
  /** Nobody can take more now: stop reading. */
  bodyPaused(): void;
  /** The reader wants more. */
  bodyResumed(): void;
  /** A reader has come, which a client that waits for 100 Continue is waiting for. */
  bodyWanted(): void;
  /** The reader wants no more of it. */
  bodyCancelled(reason: unknown): void;
}

/** How much an unread body may bring along before its connection is paused, in bytes. */
const heldLimit = 64 * 1024;

/**
 * A body that an engine receives: takes bytes as they come from the connection, finds where the body
 * ends, and hands the content to one reader at the reader's pace.
 */
export class IncomingBody implements StreamBody, ContentReceiver {
  readonly kind = "stream";
  readonly length: number | undefined;
  readonly #owner: BodyOwner;
  readonly #decoder: ChunkedDecoder | undefined;
  #remaining: number;
  #sink: BodySink | undefined;
  #held: Buffer[] = [];
  #heldBytes = 0;
  #blocked = false;
  #stable = false;
  #complete = false;
  #error: Error | undefined;
  #done = false;
  #listeners: ((error: Error | undefined) => void)[] | undefined;

  constructor(framing: Framing, limits: MessageLimits, owner: BodyOwner) {
    this.#owner = owner;
    this.#decoder = framing === "chunked" ? new ChunkedDecoder(limits) : undefined;
    this.#remaining = typeof framing === "number" ? framing : Infinity;
    this.length = typeof framing === "number" ? framing : undefined;
  }

  get trailers(): Fields | undefined {
    return this.#decoder?.trailers;
  }

  get done(): boolean {
    return this.#done;
  }

  /** Whether all of it has come from the connection, read or not. */
  get complete(): boolean {
    return this.#complete;
  }

  /** Whether the reader still uses the bytes it was last given. */
  get blocked(): boolean {
    return this.#blocked;
  }

  /** Whether the reader has gone, or the body has failed. */
  get abandoned(): boolean {
    return this.#done && !this.#complete;
  }

  /**
   * Takes bytes from the connection. `stable` says that they stay while the connection is paused.
   *
   * @returns where the body ended, or `end`
   * @throws ProtocolError when the chunked coding is broken
   */
  feed(buffer: Buffer, start: number, end: number, stable: boolean): number {
    this.#stable = stable;
    let stop = end;
    if (this.#decoder) {
      stop = this.#decoder.feed(buffer, start, end, this);
      this.#complete = this.#decoder.done;
    } else {
      stop = start + Math.min(this.#remaining, end - start);
      this.#remaining -= stop - start;
      this.#complete = this.#remaining === 0;
      if (stop > start) this.content(buffer, start, stop);
    }
    if (this.#blocked && !this.#complete) this.#owner.bodyPaused();
    this.#settle();
    return stop;
  }

  /** The connection ended: right for a body that ends so, else the body is cut off. */
  closed(error: Error | undefined): void {
    if (this.#complete || this.#done) return;
    const endsSo = !this.#decoder && this.#remaining === Infinity && !error;
    if (endsSo) {
      this.#complete = true;
      this.#settle();
    } else {
      this.fail(error ?? truncated(this.#remaining));
    }
  }

  /** Breaks the body off. */
  fail(error: Error): void {
    if (this.#done) return;
    this.#error = error;
    this.#held = [];
    this.#sink?.fail(error);
    this.#finish();
  }

  /** What has been received, when all of it has and nobody reads yet: turns the stream into bytes. */
  takeWhole(): Buffer | undefined {
    if (!this.#complete || this.#sink || this.trailers) return undefined;
    return this.#held.length === 1 ? this.#held[0] : Buffer.concat(this.#held, this.#heldBytes);
  }

  /** @internal Hears the decoder. */
  content(buffer: Buffer, start: number, end: number): void {
    if (this.#done) return;
    if (this.#sink && !this.#blocked && this.#held.length === 0) {
      const chunk = buffer.subarray(start, end);
      if (!this.#sink.write(this.#stable ? chunk : Buffer.from(chunk))) this.#blocked = true;
      return;
    }
    this.#held.push(Buffer.from(buffer.subarray(start, end)));
    this.#heldBytes += end - start;
    if (this.#heldBytes >= heldLimit) this.#blocked = true;
  }

  pipe(sink: BodySink): void {
    if (this.#sink) throw new TypeError("a body has one reader");
    this.#sink = sink;
    if (this.#error) {
      sink.fail(this.#error);
      this.#finish();
      return;
    }
    if (this.#done) {
      sink.fail(new MillraceError("the body was cancelled", { code: "aborted", unsent: false }));
      return;
    }
    this.#owner.bodyWanted();
    if (!this.#drainHeld()) return;
    this.#unblock();
    this.#settle();
  }

  resume(): void {
    if (!this.#sink || this.#done) return;
    if (!this.#drainHeld()) return;
    this.#unblock();
    this.#settle();
  }

  cancel(reason?: unknown): void {
    if (this.#done) return;
    this.#error ??= new MillraceError("the body was cancelled", {
      code: "aborted",
      unsent: false,
      cause: reason,
    });
    this.#held = [];
    this.#finish();
    if (!this.#complete) this.#owner.bodyCancelled(reason);
  }

  onDone(listener: (error: Error | undefined) => void): void {
    if (this.#done) listener(this.#error);
    else (this.#listeners ??= []).push(listener);
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    return chunksOf(this);
  }

  /** Gives the reader what was held; false when it wants a pause. */
  #drainHeld(): boolean {
    while (this.#held.length > 0) {
      const chunk = this.#held.shift()!;
      this.#heldBytes -= chunk.length;
      if (!this.#sink!.write(chunk)) {
        this.#blocked = true;
        if (!this.#complete) this.#owner.bodyPaused();
        return false;
      }
      if (this.#done) return false;
    }
    return true;
  }

  #unblock(): void {
    if (!this.#blocked) return;
    this.#blocked = false;
    if (!this.#complete) this.#owner.bodyResumed();
  }

  #settle(): void {
    if (!this.#complete || this.#done || !this.#sink || this.#held.length > 0) return;
    this.#sink.end(this.trailers);
    this.#finish();
  }

  #finish(): void {
    this.#done = true;
    const listeners = this.#listeners;
    this.#listeners = undefined;
    if (listeners) for (const listener of listeners) listener(this.#error);
  }
}

function truncated(remaining: number): MillraceError {
  const rest = Number.isFinite(remaining) ? `, ${remaining} bytes early` : "";
  return new MillraceError(`the connection closed within a body${rest}`, {
    code: "connection-lost",
    unsent: false,
  });
}
