import type { BytesBody, StreamBody } from "../http/body.js";
import type { HttpRequest } from "../http/message.js";
import type { ByteStream } from "../stream/byte-stream.js";
import type { CallProgress, CallVerdict } from "./call-progress.js";
import { OutgoingBody, type SendingOwner } from "./outgoing-body.js";
import { writeRequest } from "./write-request.js";

/** The call that a request is sent for. */
export interface RequestHost {
  /** The last of the content has been written: the response is due by `limit`. */
  requestSent(limit: number): void;
  /** The content cannot be completed: the connection must not look as if it were. */
  requestBroken(error: Error): void;
}

/** Sends the requests of a client connection: content at the server's pace, or when the server asks for it. */
export class RequestSender implements SendingOwner {
  readonly #stream: ByteStream;
  readonly #progress: CallProgress;
  readonly #host: RequestHost;
  #outgoing: OutgoingBody | undefined;
  #expected: BytesBody | StreamBody | undefined;

  constructor(stream: ByteStream, progress: CallProgress, host: RequestHost) {
    this.#stream = stream;
    this.#progress = progress;
    this.#host = host;
  }

  /** Whether content waits for 100 Continue. */
  get expecting(): boolean {
    return this.#expected !== undefined;
  }

  /**
   * Writes a request as far as it is there.
   *
   * @returns when to look at its time limits first
   * @throws MillraceError `invalid-options` when the request cannot be written; nothing was
   */
  send(request: HttpRequest): number {
    const rest = writeRequest(this.#stream, request, this.#progress.settings.emptyLength);
    if (rest === undefined) return this.#written();
    if (rest.kind === "stream") return this.#sendStream(rest.head, rest.body);
    this.#expected = rest.body;
    return this.#progress.expecting();
  }

  /**
   * Sends the content that waited for 100 Continue.
   *
   * @returns when to look at its time limits
   */
  sendContent(): number {
    const body = this.#expected!;
    this.#expected = undefined;
    if (body.kind === "stream") return this.#sendStream("", body);
    this.#stream.write(body.bytes, true);
    return this.#written();
  }

  /** Some of what was written has left. */
  flushed(): void {
    this.#outgoing?.flushed();
  }

  /** Looks at the time limits of a call whose response has not begun. */
  lookAtLimits(now: number): CallVerdict {
    if (this.#expected) return { nextLook: this.sendContent() };
    const { queued } = this.#stream;
    if (this.#sending || queued > 0) return this.#progress.whileSending(now, queued);
    return this.#progress.whileWaiting(now);
  }

  /** The stream is gone, and the content with it. */
  abandon(cause: unknown): void {
    this.#outgoing?.abandon(cause);
    this.#giveUpExpected(cause);
  }

  /**
   * The response is complete: gives up what of the request is still to be sent.
   *
   * @returns whether there was any
   */
  cut(): boolean {
    if (this.#outgoing === undefined && this.#expected === undefined) return false;
    const sending = this.#sending;
    if (sending) this.#outgoing!.abandon(new Error("the response came before the request was sent"));
    const unsent = sending || this.#expected !== undefined;
    this.#giveUpExpected();
    this.#outgoing = undefined;
    return unsent;
  }

  bodyProgress(): void {
    this.#progress.moved();
  }

  bodySent(): void {
    this.#host.requestSent(this.#written());
  }

  bodyBroken(error: Error): void {
    this.#host.requestBroken(error);
  }

  get #sending(): boolean {
    return this.#outgoing !== undefined && !this.#outgoing.finished;
  }

  #giveUpExpected(reason?: unknown): void {
    if (this.#expected?.kind === "stream") this.#expected.cancel(reason);
    this.#expected = undefined;
  }

  #sendStream(head: string, body: StreamBody): number {
    const framing = { chunked: body.length === undefined, trailers: true };
    const outgoing = new OutgoingBody(this.#stream, body, framing, this);
    this.#outgoing = outgoing;
    outgoing.start(head);
    return outgoing.finished ? this.#written() : this.#progress.sending();
  }

  /** All has been written. Returns when to look at its limits: sooner, if the server has not taken it yet. */
  #written(): number {
    const limit = this.#progress.sent();
    return this.#stream.queued === 0 ? limit : Math.min(limit, this.#progress.sending());
  }
}
