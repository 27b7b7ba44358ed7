import type { Expirable } from "../../base/sweeper.js";
import type { AbortListener, CallContext } from "../../service/context.js";
import { type Body, emptyBody } from "../http/body.js";
import { FieldId } from "../http/field-id.js";
import type { HttpRequest, HttpResponse } from "../http/message.js";
import type { ByteStream } from "../stream/byte-stream.js";
import { RewoundStream } from "../stream/rewound-stream.js";
import { beginBody } from "./begin-body.js";
import { CallProgress } from "./call-progress.js";
import { asError, badResponse } from "./client-errors.js";
import type { ClientSettings } from "./client-settings.js";
import { acceptsUpgrade } from "./connection-options.js";
import { HeadReader } from "./head-reader.js";
import type { BodyOwner, IncomingBody } from "./incoming-body.js";
import { ProtocolError } from "./protocol-error.js";
import { type RequestHost, RequestSender } from "./request-sender.js";
import { keepAliveHintMs, parseResponseHead, type ResponseHead } from "./response-head.js";

/** The connection that calls are made on, one at a time. */
export interface CallHost {
  /** The response is complete. `reusable` says whether another call may follow. */
  callOver(reusable: boolean): void;
  /** The server's protocol has changed: the caller has the stream. */
  callUpgraded(): void;
  /** The call cannot go on, which may be the caller's wish: the stream is about to be destroyed. */
  callFailed(error: unknown, by?: "caller"): void;
}

/** Makes the calls of a client connection: has the request sent, takes the response, watches the time. */
export class CallRunner implements AbortListener, BodyOwner, Expirable, RequestHost {
  expiresAt = Infinity;
  readonly #stream: ByteStream;
  readonly #settings: ClientSettings;
  readonly #host: CallHost;
  readonly #progress: CallProgress;
  readonly #sender: RequestSender;
  readonly #reader: HeadReader<ResponseHead>;
  #request: HttpRequest | undefined;
  #context: CallContext | undefined;
  #resolve: ((response: HttpResponse) => void) | undefined;
  #reject: ((error: unknown) => void) | undefined;
  /** The content of the response, while it arrives. */
  #incoming: IncomingBody | undefined;
  #persistent = true;
  #interims = 0;
  #idleLimitMs: number | undefined;
  #keepAlive: string | undefined;

  constructor(stream: ByteStream, settings: ClientSettings, host: CallHost) {
    this.#stream = stream;
    this.#settings = settings;
    this.#host = host;
    this.#progress = new CallProgress(settings);
    this.#sender = new RequestSender(stream, this.#progress, this);
    const { limits } = settings;
    this.#reader = new HeadReader(
      (text) => parseResponseHead(text, limits, this.#request!.method),
      limits.headBytes,
    );
    settings.sweeper.add(this);
  }

  /** How long the server says it keeps an idle connection, in milliseconds. */
  get idleLimitMs(): number | undefined {
    return this.#idleLimitMs;
  }

  /** Whether nothing has come of the response yet. */
  get unanswered(): boolean {
    return this.#incoming === undefined && this.#interims === 0 && this.#reader.heldBytes === 0;
  }

  /**
   * Makes a call; the one before is over.
   *
   * @throws MillraceError `invalid-options`, at once, when the request cannot be written; nothing was
   */
  call(request: HttpRequest, context: CallContext): Promise<HttpResponse> {
    this.expiresAt = this.#sender.send(request);
    this.#interims = 0;
    this.#request = request;
    this.#context = context;
    context.onAbort(this);
    return new Promise(this.#settleBy);
  }

  /** Takes what the server has sent. */
  received(buffer: Buffer, length: number): void {
    if (this.#incoming) this.#readBody(this.#incoming, buffer, length);
    else this.#readHead(buffer, length);
  }

  /** The server will send no more. */
  ended(): void {
    const incoming = this.#incoming;
    if (incoming && !incoming.complete) {
      incoming.closed(undefined);
      if (incoming.complete) this.#finish();
      else this.#stream.destroy();
    } else if (!incoming && this.#reader.heldBytes > 0) {
      this.#fail(new ProtocolError("truncated", 502, "the connection ended within a response head"));
    } else this.#stream.destroy();
  }

  /** Some of what was written has left. */
  flushed(): void {
    this.#progress.moved();
    this.#sender.flushed();
  }

  /** The stream is gone: a call in progress fails by `cause`. */
  closed(cause: unknown): void {
    this.#settings.sweeper.delete(this);
    this.#incoming?.closed(asError(cause));
    this.#sender.abandon(cause);
    this.#rejectWith(cause);
  }

  callAborted(reason: unknown): void {
    this.#fail(reason, "caller");
  }

  expired(now: number): void {
    const verdict = this.#incoming
      ? this.#progress.whileReceiving(now, this.#incoming.blocked)
      : this.#sender.lookAtLimits(now);
    if ("error" in verdict) this.#fail(verdict.error);
    else this.expiresAt = verdict.nextLook;
  }

  requestSent(limit: number): void {
    if (!this.#incoming) this.expiresAt = limit;
  }

  requestBroken(error: Error): void {
    this.#fail(error);
  }

  bodyPaused(): void {
    this.#stream.pause();
  }

  bodyResumed(): void {
    this.#progress.moved();
    this.#stream.resume();
  }

  bodyWanted(): void {
    // The server sends without being asked.
  }

  bodyCancelled(): void {
    // The rest could only be read to be thrown away: a new connection is cheaper.
    this.#stream.destroy();
  }

  readonly #settleBy = (resolve: (response: HttpResponse) => void, reject: (error: unknown) => void) => {
    this.#resolve = resolve;
    this.#reject = reject;
  };

  #readHead(buffer: Buffer, length: number): void {
    let head: ResponseHead | undefined;
    try {
      head = this.#reader.read(buffer, length);
    } catch (error) {
      this.#fail(badResponse(error));
      return;
    }
    if (!head) return;
    if (head.status === 101) this.#upgrade(head);
    else if (head.status < 200) this.#interim(head);
    else this.#answer(head);
  }

  #interim(head: ResponseHead): void {
    const reader = this.#reader;
    reader.keepRest(head.end);
    if (++this.#interims > this.#settings.limits.interimResponses) {
      this.#fail(new ProtocolError("interim-limit", 502, "too many interim responses"));
      return;
    }
    if (head.status !== 100) this.#request!.onInterim?.({ status: head.status, fields: head.fields });
    else if (this.#sender.expecting) this.expiresAt = this.#sender.sendContent();
    // Either may have ended the call.
    if (!this.#context || reader.heldBytes === 0) return;
    const rest = reader.takeHeld();
    this.#readHead(rest, rest.length);
  }

  #upgrade(head: ResponseHead): void {
    this.#reader.keepRest(head.end);
    if (!acceptsUpgrade(this.#request!.upgrade, head.fields)) {
      this.#fail(new ProtocolError("upgrade", 502, "a switch of protocols that nobody asked for"));
      return;
    }
    // A server that switches asks for the content first (RFC 9110 §7.8): what is not sent now would be taken for the rest.
    if (this.#sender.expecting) {
      this.#fail(new ProtocolError("upgrade", 502, "a switch of protocols before the content was asked for"));
      return;
    }
    // Whoever gets the stream may take a while to read it.
    this.#stream.pause();
    this.expiresAt = Infinity;
    this.#settings.sweeper.delete(this);
    this.#releaseContext();
    const { status, reason, fields } = head;
    const stream = new RewoundStream(this.#stream, this.#reader.takeHeld());
    this.#resolveWith({ status, reason, fields, body: emptyBody, stream });
    this.#host.callUpgraded();
  }

  #answer(head: ResponseHead): void {
    const reader = this.#reader;
    this.#persistent = head.persistent;
    this.#heedKeepAlive(head.fields.getId(FieldId.keepAlive));
    let end = head.end;
    let body: Body = emptyBody;
    let incoming: IncomingBody | undefined;
    if (head.framing !== 0) {
      try {
        ({ body, end, incoming } = beginBody(head, reader, this.#settings.limits, this));
      } catch (error) {
        this.#fail(badResponse(error));
        return;
      }
    }
    // Bytes after the response belong to nobody: they are dropped, and the connection with them.
    if (end < reader.available) this.#persistent = false;
    reader.keepRest(reader.available);
    this.#resolveWith({ status: head.status, reason: head.reason, fields: head.fields, body });
    if (incoming && !incoming.complete) this.#awaitBody(incoming);
    else this.#finish();
  }

  /** A server says the same in every response: it is read once. */
  #heedKeepAlive(hint: string | undefined): void {
    if (hint === undefined || hint === this.#keepAlive) return;
    this.#keepAlive = hint;
    this.#idleLimitMs = keepAliveHintMs(hint);
  }

  #awaitBody(incoming: IncomingBody): void {
    this.#incoming = incoming;
    this.#stream.holdBuffer();
    this.#progress.moved();
    this.expiresAt = this.#settings.sweeper.now + this.#settings.timeouts.bodyIdleMs;
  }

  #readBody(incoming: IncomingBody, buffer: Buffer, length: number): void {
    this.#progress.moved();
    let end: number;
    try {
      end = incoming.feed(buffer, 0, length, true);
    } catch (error) {
      this.#fail(badResponse(error));
      return;
    }
    if (!incoming.complete || this.#incoming !== incoming) return;
    this.#stream.releaseBuffer(incoming.blocked);
    if (end < length) this.#persistent = false;
    this.#finish();
  }

  /** The response is complete. */
  #finish(): void {
    const cut = this.#sender.cut();
    this.#releaseContext();
    this.expiresAt = Infinity;
    this.#request = undefined;
    this.#incoming = undefined;
    this.#host.callOver(this.#persistent && !cut);
  }

  #fail(error: unknown, by?: "caller"): void {
    this.#host.callFailed(error, by);
    if (this.#incoming) this.#incoming.fail(asError(error));
    else this.#rejectWith(error);
    this.#stream.destroy();
  }

  #resolveWith(response: HttpResponse): void {
    const resolve = this.#resolve!;
    this.#resolve = this.#reject = undefined;
    resolve(response);
  }

  #rejectWith(error: unknown): void {
    this.#releaseContext();
    this.#reject?.(error);
    this.#resolve = this.#reject = undefined;
  }

  #releaseContext(): void {
    this.#context?.offAbort(this);
    this.#context = undefined;
  }
}
