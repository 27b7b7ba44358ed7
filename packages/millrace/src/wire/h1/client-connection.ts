import { closedError } from "../../base/errors.js";
import type { Expirable } from "../../base/sweeper.js";
import { WaitLine } from "../../base/wait-line.js";
import type { AbortListener, CallContext } from "../../service/context.js";
import type { Service } from "../../service/service.js";
import { type Body, type BytesBody, emptyBody, type StreamBody } from "../http/body.js";
import { FieldId } from "../http/field-id.js";
import type { HttpRequest, HttpResponse } from "../http/message.js";
import type { ByteReceiver, ByteStream } from "../stream/byte-stream.js";
import { RewoundStream } from "../stream/rewound-stream.js";
import { beginBody } from "./begin-body.js";
import { CallProgress, type CallVerdict } from "./call-progress.js";
import { asError, badResponse, connectionLost } from "./client-errors.js";
import type { ClientSettings } from "./client-settings.js";
import { acceptsUpgrade } from "./connection-options.js";
import type { ConnectionOwner } from "./connection-owner.js";
import { HeadReader } from "./head-reader.js";
import type { BodyOwner, IncomingBody } from "./incoming-body.js";
import { OutgoingBody, type SendingOwner } from "./outgoing-body.js";
import { ProtocolError } from "./protocol-error.js";
import { keepAliveHintMs, parseResponseHead, type ResponseHead } from "./response-head.js";
import { writeRequest } from "./write-request.js";

/** What a connection is doing. */
type State = "idle" | "waiting" | "body" | "upgraded" | "closed";

/**
 * One HTTP/1.1 connection to a server (RFC 9112): a service that makes one call at a time.
 *
 * Bytes that come without a call having asked for them close it, so that nobody's response is ever
 * taken for another's.
 */
export class ClientConnection
  implements
    Service<HttpRequest, HttpResponse>,
    ByteReceiver,
    BodyOwner,
    SendingOwner,
    Expirable,
    AbortListener
{
  expiresAt = Infinity;
  /** Whether a call was ever made on it. */
  used = false;
  readonly #stream: ByteStream;
  readonly #settings: ClientSettings;
  readonly #owner: ConnectionOwner | undefined;
  readonly #line = new WaitLine();
  readonly #progress: CallProgress;
  readonly #reader: HeadReader<ResponseHead>;
  #state: State = "idle";
  #request: HttpRequest | undefined;
  #context: CallContext | undefined;
  #resolve: ((response: HttpResponse) => void) | undefined;
  #reject: ((error: unknown) => void) | undefined;
  #incoming: IncomingBody | undefined;
  #outgoing: OutgoingBody | undefined;
  #continueBody: BytesBody | StreamBody | undefined;
  #failure: unknown;
  #endedBy: "peer" | "caller" | undefined;
  #persistent = true;
  #retired = false;
  #interims = 0;
  #idleLimitMs: number | undefined;

  constructor(stream: ByteStream, settings: ClientSettings, owner?: ConnectionOwner) {
    this.#stream = stream;
    this.#settings = settings;
    this.#owner = owner;
    this.#progress = new CallProgress(settings);
    const { limits } = settings;
    this.#reader = new HeadReader(
      (text) => parseResponseHead(text, limits, this.#request!.method),
      limits.headBytes,
    );
    settings.sweeper.add(this);
    stream.attach(this);
  }

  get ready(): boolean {
    return this.#state === "idle" && !this.#retired && this.#line.length === 0;
  }

  /** How long the server says it keeps an idle connection, in milliseconds. */
  get idleLimitMs(): number | undefined {
    return this.#idleLimitMs;
  }

  whenReady(signal?: AbortSignal): Promise<void> {
    if (this.#state === "closed" || this.#retired) return Promise.reject(closedError("the connection"));
    return this.ready ? Promise.resolve() : this.#line.join(signal).then(() => void this.#line.releaseOne());
  }

  call(request: HttpRequest, context: CallContext): Promise<HttpResponse> {
    if (this.#state === "closed" || this.#retired) return Promise.reject(closedError("the connection"));
    if (this.#state !== "idle")
      return this.#line.join(context.signal).then(() => this.call(request, context));
    if (context.aborted) return Promise.reject(context.reason as Error);
    this.#state = "waiting";
    this.used = true;
    try {
      this.#send(request);
    } catch (error) {
      this.#state = "idle";
      return Promise.reject(error as Error);
    }
    this.#interims = 0;
    this.#request = request;
    this.#context = context;
    context.onAbort(this);
    return new Promise(this.#settleBy);
  }

  /** Takes no more calls, and closes when the one in progress is over. */
  retire(): void {
    this.#retired = true;
    if (this.#state === "idle") this.#stream.destroy();
  }

  /** Drops the connection; a call in progress fails. */
  destroy(): void {
    this.#retired = true;
    this.#stream.destroy();
  }

  received(buffer: Buffer, length: number): void {
    switch (this.#state) {
      case "waiting":
        this.#readHead(buffer, length);
        break;
      case "body":
        this.#readBody(buffer, length);
        break;
      case "idle":
        this.#fail(new ProtocolError("unsolicited", 502, "bytes from the server that no call asked for"));
        break;
      case "upgraded":
      case "closed":
        break;
    }
  }

  ended(): void {
    this.#retired = true;
    this.#endedBy ??= "peer";
    if (this.#state === "body" && this.#incoming && !this.#incoming.complete) {
      this.#incoming.closed(undefined);
      if (this.#incoming.complete) this.#finish();
      else this.#stream.destroy();
      return;
    }
    if (this.#state === "waiting" && this.#reader.heldBytes > 0) {
      this.#fail(new ProtocolError("truncated", 502, "the connection ended within a response head"));
      return;
    }
    this.#stream.destroy();
  }

  flushed(): void {
    this.#progress.moved();
    this.#outgoing?.flushed();
  }

  closed(error: Error | undefined): void {
    if (this.#state === "closed") return;
    const state = this.#state;
    this.#state = "closed";
    this.#settings.sweeper.delete(this);
    const cause = this.#failure ?? connectionLost(error);
    if (state === "body") this.#incoming?.closed(asError(cause));
    this.#outgoing?.abandon(cause);
    this.#releaseCall();
    this.#reject?.(cause);
    this.#resolve = this.#reject = undefined;
    this.#line.rejectAll(closedError("the connection"));
    const cutShort = error ?? this.#failure ?? (state === "idle" ? undefined : this.#endedBy);
    const failure = cutShort === undefined || this.#endedBy === "caller" ? undefined : cause;
    if (state !== "upgraded") this.#owner?.connectionClosed(this, failure);
  }

  callAborted(reason: unknown): void {
    this.#endedBy = "caller";
    this.#fail(reason);
  }

  expired(now: number): void {
    const verdict = this.#lookAtLimits(now);
    if ("error" in verdict) this.#fail(verdict.error);
    else this.expiresAt = verdict.nextLook;
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

  bodyProgress(): void {
    this.#progress.moved();
  }

  bodySent(): void {
    const limit = this.#progress.sent();
    if (this.#state === "waiting") this.expiresAt = limit;
  }

  bodyBroken(error: Error): void {
    this.#fail(error);
  }

  readonly #settleBy = (resolve: (response: HttpResponse) => void, reject: (error: unknown) => void) => {
    this.#resolve = resolve;
    this.#reject = reject;
  };

  #send(request: HttpRequest): void {
    const rest = writeRequest(this.#stream, request);
    this.expiresAt = this.#progress.sent();
    if (rest === undefined) return;
    if (rest.kind === "stream") this.#sendStream(rest.head, rest.body);
    else {
      this.#continueBody = rest.body;
      this.expiresAt = this.#progress.expecting();
    }
  }

  #sendStream(head: string, body: StreamBody): void {
    const framing = { chunked: body.length === undefined, trailers: true };
    this.#outgoing = new OutgoingBody(this.#stream, body, framing, this);
    this.#outgoing.start(head);
    if (!this.#outgoing.finished) this.expiresAt = this.#progress.sending();
  }

  /** Sends the content that waited for 100 Continue. */
  #continue(): void {
    const body = this.#continueBody!;
    this.#continueBody = undefined;
    this.expiresAt = this.#progress.sent();
    if (body.kind === "bytes") this.#stream.write(body.bytes);
    else this.#sendStream("", body);
  }

  #readHead(buffer: Buffer, length: number): void {
    let head: ResponseHead | undefined;
    try {
      head = this.#reader.read(buffer, length);
    } catch (error) {
      this.#fail(badResponse(error));
      return;
    }
    if (!head) return;
    if (head.status === 101) this.#upgraded(head);
    else if (head.status < 200) this.#interim(head);
    else this.#answer(head);
  }

  #interim(head: ResponseHead): void {
    this.#reader.keepRest(head.end);
    if (++this.#interims > this.#settings.limits.interimResponses) {
      this.#fail(new ProtocolError("interim-limit", 502, "too many interim responses"));
      return;
    }
    if (head.status !== 100) this.#request!.onInterim?.({ status: head.status, fields: head.fields });
    else if (this.#continueBody) this.#continue();
    if (this.#state !== "waiting" || this.#reader.heldBytes === 0) return;
    const rest = this.#reader.takeHeld();
    this.#readHead(rest, rest.length);
  }

  #upgraded(head: ResponseHead): void {
    this.#reader.keepRest(head.end);
    if (!acceptsUpgrade(this.#request!.upgrade, head.fields)) {
      this.#fail(new ProtocolError("upgrade", 502, "a switch of protocols that nobody asked for"));
      return;
    }
    this.#state = "upgraded";
    // Whoever gets the stream may take a while to read it.
    this.#stream.pause();
    this.expiresAt = Infinity;
    this.#settings.sweeper.delete(this);
    this.#releaseCall();
    const resolve = this.#resolve!;
    this.#resolve = this.#reject = undefined;
    const { status, reason, fields } = head;
    const stream = new RewoundStream(this.#stream, this.#reader.takeHeld());
    resolve({ status, reason, fields, body: emptyBody, stream });
    this.#owner?.connectionClosed(this, undefined);
  }

  #answer(head: ResponseHead): void {
    const reader = this.#reader;
    this.#persistent = head.persistent;
    if (head.fields.hasId(FieldId.keepAlive)) this.#idleLimitMs = keepAliveHintMs(head.fields);
    let end = head.end;
    let body: Body = emptyBody;
    if (head.framing !== 0) {
      try {
        const begun = beginBody(head, reader, this.#settings.limits, this);
        ({ body, end } = begun);
        this.#incoming = begun.incoming;
      } catch (error) {
        this.#fail(badResponse(error));
        return;
      }
    }
    // Bytes after the response belong to nobody: they are dropped, and the connection with them.
    if (end < reader.available) this.#persistent = false;
    reader.keepRest(reader.available);

    const resolve = this.#resolve!;
    this.#resolve = this.#reject = undefined;
    const response: HttpResponse = { status: head.status, reason: head.reason, fields: head.fields, body };
    if (this.#incoming && !this.#incoming.complete) {
      this.#state = "body";
      this.#stream.holdBuffer();
      this.#progress.moved();
      this.expiresAt = this.#settings.sweeper.now + this.#settings.timeouts.bodyIdleMs;
    } else this.#finish();
    resolve(response);
  }

  #readBody(buffer: Buffer, length: number): void {
    const incoming = this.#incoming!;
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

  /** The response is complete: the connection is free again, or goes. */
  #finish(): void {
    const uploading = this.#outgoing !== undefined && !this.#outgoing.finished;
    if (uploading) this.#outgoing!.abandon(new Error("the response came before the request was sent"));
    const unsent = uploading || this.#continueBody !== undefined;
    if (this.#continueBody?.kind === "stream") this.#continueBody.cancel();
    this.#releaseCall();
    this.expiresAt = Infinity;
    this.#request = undefined;
    this.#incoming = undefined;
    this.#outgoing = undefined;
    this.#continueBody = undefined;
    this.#state = "idle";
    if (!this.#persistent || unsent || this.#retired || this.#stream.destroyed) {
      this.#retired = true;
      this.#stream.destroy();
      return;
    }
    this.#owner?.connectionIdle(this);
    if (this.#state === "idle") this.#line.releaseOne();
  }

  #releaseCall(): void {
    this.#context?.offAbort(this);
    this.#context = undefined;
  }

  #lookAtLimits(now: number): CallVerdict {
    if (this.#state === "body") return this.#progress.whileReceiving(now, this.#incoming!.blocked);
    if (this.#state !== "waiting") return { nextLook: Infinity };
    if (this.#continueBody) {
      this.#continue();
      return { nextLook: this.expiresAt };
    }
    const sending = this.#outgoing !== undefined && !this.#outgoing.finished;
    return sending ? this.#progress.whileSending(now, this.#stream.queued) : this.#progress.whileWaiting(now);
  }

  #fail(error: unknown): void {
    if (this.#state === "closed") return;
    this.#failure ??= error;
    this.#retired = true;
    if (this.#state === "waiting") {
      this.#releaseCall();
      const reject = this.#reject;
      this.#resolve = this.#reject = undefined;
      reject?.(error);
    } else if (this.#state === "body") this.#incoming?.fail(asError(error));
    this.#stream.destroy();
  }
}
