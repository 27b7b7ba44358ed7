import { closedError, isMillraceError, MillraceError } from "../../base/errors.js";
import type { Expirable } from "../../base/sweeper.js";
import { WaitLine } from "../../base/wait-line.js";
import type { AbortListener, CallContext } from "../../service/context.js";
import type { Service } from "../../service/service.js";
import { emptyBody, type Body } from "../http/body.js";
import { FieldId } from "../http/field-id.js";
import type { HttpRequest, HttpResponse } from "../http/message.js";
import type { ByteReceiver, ByteStream } from "../stream/byte-stream.js";
import { RewoundStream } from "../stream/rewound-stream.js";
import { readLatin1 } from "../stream/latin1.js";
import { beginBody } from "./begin-body.js";
import type { ClientSettings } from "./client-settings.js";
import { HeldBytes } from "./held-bytes.js";
import type { BodyOwner, IncomingBody } from "./incoming-body.js";
import { OutgoingBody, type SendingOwner } from "./outgoing-body.js";
import { ProtocolError } from "./protocol-error.js";
import { keepAliveHintMs, parseResponseHead, type ResponseHead } from "./response-head.js";
import { requestHead, type SentFraming } from "./serialize.js";

/** What a connection is doing. */
type State = "idle" | "waiting" | "body" | "upgraded" | "closed";

/** Whoever keeps a connection and may use it again. */
export interface ConnectionOwner {
  /** The last call is over and the connection can take another. */
  connectionIdle(connection: ClientConnection): void;
  /** The connection is gone. */
  connectionClosed(connection: ClientConnection): void;
}

/** Reads of up to this many bytes are taken as one text, in which small messages stay whole. */
const textLimit = 16 * 1024;

/**
 * One HTTP/1.1 connection to a server (RFC 9112): a service that makes one call at a time.
 *
 * Bytes that come without a call having asked for them close it, so that nobody's response is ever
 * taken for another's.
 */
export class ClientConnection
  implements Service<HttpRequest, HttpResponse>, ByteReceiver, BodyOwner, SendingOwner, Expirable, AbortListener
{
  expiresAt = Infinity;
  readonly #stream: ByteStream;
  readonly #settings: ClientSettings;
  readonly #owner: ConnectionOwner | undefined;
  readonly #line = new WaitLine();
  readonly #held = new HeldBytes();
  #state: State = "idle";
  #request: HttpRequest | undefined;
  #context: CallContext | undefined;
  #resolve: ((response: HttpResponse) => void) | undefined;
  #reject: ((error: unknown) => void) | undefined;
  #incoming: IncomingBody | undefined;
  #outgoing: OutgoingBody | undefined;
  #continueHead: Body | undefined;
  #failure: unknown;
  #persistent = true;
  #retired = false;
  #calls = 0;
  #interims = 0;
  #sentAt = 0;
  #movedAt = 0;
  #idleLimitMs: number | undefined;

  constructor(stream: ByteStream, settings: ClientSettings, owner?: ConnectionOwner) {
    this.#stream = stream;
    this.#settings = settings;
    this.#owner = owner;
    settings.sweeper.add(this);
    stream.attach(this);
  }

  get ready(): boolean {
    return this.#state === "idle" && !this.#retired && this.#line.length === 0;
  }

  /** Whether the connection is gone. */
  get closedNow(): boolean {
    return this.#state === "closed";
  }

  /** Calls made on it, the one in progress included. */
  get calls(): number {
    return this.#calls;
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
    if (this.#state !== "idle") return this.#line.join(context.signal).then(() => this.call(request, context));
    if (context.aborted) return Promise.reject(context.reason as Error);
    this.#state = "waiting";
    try {
      this.#send(request);
    } catch (error) {
      this.#state = "idle";
      return Promise.reject(error as Error);
    }
    this.#calls += 1;
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
    if (this.#state === "body" && this.#incoming && !this.#incoming.complete) {
      this.#incoming.closed(undefined);
      if (this.#incoming.complete) this.#finish();
      else this.#stream.destroy();
      return;
    }
    if (this.#state === "waiting" && this.#held.length > 0) {
      this.#fail(new ProtocolError("truncated", 502, "the connection ended within a response head"));
      return;
    }
    this.#stream.destroy();
  }

  flushed(): void {
    this.#movedAt = this.#settings.sweeper.now;
    this.#outgoing?.flushed();
  }

  closed(error: Error | undefined): void {
    if (this.#state === "closed") return;
    const state = this.#state;
    this.#state = "closed";
    this.#settings.sweeper.delete(this);
    const cause = this.#failure ?? lost(error);
    if (state === "body") this.#incoming?.closed(asError(cause));
    this.#outgoing?.abandon(cause);
    this.#releaseCall();
    this.#reject?.(cause);
    this.#resolve = this.#reject = undefined;
    this.#line.rejectAll(closedError("the connection"));
    this.#owner?.connectionClosed(this);
  }

  callAborted(reason: unknown): void {
    this.#fail(reason);
  }

  expired(now: number): void {
    if (this.#state === "waiting") this.#expireWaiting(now);
    else if (this.#state === "body") this.#expireBody(now);
    else this.expiresAt = Infinity;
  }

  bodyPaused(): void {
    this.#stream.pause();
  }

  bodyResumed(): void {
    this.#movedAt = this.#settings.sweeper.now;
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
    this.#movedAt = this.#settings.sweeper.now;
  }

  bodySent(): void {
    this.#sentAt = this.#settings.sweeper.now;
  }

  bodyBroken(error: Error): void {
    this.#fail(error);
  }

  readonly #settleBy = (resolve: (response: HttpResponse) => void, reject: (error: unknown) => void) => {
    this.#resolve = resolve;
    this.#reject = reject;
  };

  #send(request: HttpRequest): void {
    const { body, fields } = request;
    const head = requestHead(request, requestFramingOf(request));
    const now = this.#settings.sweeper.now;
    this.#sentAt = now;
    this.#movedAt = now;
    this.expiresAt = now + this.#settings.timeouts.headMs;
    if (body.kind === "empty") this.#stream.writeText(head);
    else if (fields.hasId(FieldId.expect)) {
      this.#continueHead = body;
      this.expiresAt = now + this.#settings.timeouts.continueMs;
      this.#stream.writeText(head);
    } else if (body.kind === "stream") this.#sendStream(head, body);
    else if (body.length <= textLimit) this.#stream.writeText(head + body.latin1);
    else {
      this.#stream.cork();
      this.#stream.writeText(head);
      this.#stream.write(body.bytes);
      this.#stream.uncork();
    }
  }

  #sendStream(head: string, body: Body & { readonly kind: "stream" }): void {
    const framing = { chunked: body.length === undefined, trailers: true };
    this.#outgoing = new OutgoingBody(this.#stream, body, framing, this);
    this.#outgoing.start(head);
  }

  /** Sends the content that waited for 100 Continue. */
  #continue(): void {
    const body = this.#continueHead!;
    this.#continueHead = undefined;
    this.#sentAt = this.#settings.sweeper.now;
    this.expiresAt = this.#sentAt + this.#settings.timeouts.headMs;
    if (body.kind === "bytes") this.#stream.write(body.bytes);
    else if (body.kind === "stream") this.#sendStream("", body);
  }

  #readHead(buffer: Buffer, length: number): void {
    const { limits } = this.#settings;
    let source = buffer;
    let available = length;
    if (this.#held.length > 0) {
      this.#held.append(buffer, 0, length);
      if (!this.#held.worthParsing(length, limits.headBytes)) return;
      available = this.#held.length;
      source = this.#held.buffer;
    }
    let head: ResponseHead | undefined;
    let text = readLatin1(source, 0, Math.min(available, textLimit));
    try {
      head = parseResponseHead(text, limits, this.#request!.method);
      if (!head && available > textLimit) {
        text = readLatin1(source, 0, Math.min(available, limits.headBytes));
        head = parseResponseHead(text, limits, this.#request!.method);
      }
    } catch (error) {
      this.#fail(badResponse(error));
      return;
    }
    if (!head) {
      if (this.#held.length === 0) this.#held.append(buffer, 0, length);
      return;
    }
    if (source === this.#held.buffer) source = this.#held.take();
    if (head.status < 200) this.#interim(head, source, available);
    else this.#answer(head, source, text, available);
  }

  #interim(head: ResponseHead, source: Buffer, available: number): void {
    if (head.status === 101) {
      this.#upgraded(head, source.subarray(head.end, available));
      return;
    }
    if (++this.#interims > this.#settings.limits.interimResponses) {
      this.#fail(new ProtocolError("interim-limit", 502, "too many interim responses"));
      return;
    }
    if (head.status === 100) {
      if (this.#continueHead) this.#continue();
    } else {
      this.#request!.onInterim?.({ status: head.status, fields: head.fields });
    }
    if (this.#state === "waiting" && head.end < available) {
      const rest = Buffer.from(source.subarray(head.end, available));
      this.#readHead(rest, rest.length);
    }
  }

  #upgraded(head: ResponseHead, unread: Buffer): void {
    if (this.#request!.upgrade === undefined || !head.fields.hasId(FieldId.upgrade)) {
      this.#fail(new ProtocolError("upgrade", 502, "a switch of protocols that nobody asked for"));
      return;
    }
    this.#state = "upgraded";
    this.expiresAt = Infinity;
    this.#settings.sweeper.delete(this);
    this.#releaseCall();
    const resolve = this.#resolve!;
    this.#resolve = this.#reject = undefined;
    const { status, reason, fields } = head;
    const stream = new RewoundStream(this.#stream, Buffer.from(unread));
    resolve({ status, reason, fields, body: emptyBody, stream });
    this.#owner?.connectionClosed(this);
  }

  #answer(head: ResponseHead, source: Buffer, text: string, available: number): void {
    this.#persistent = head.persistent;
    if (head.fields.hasId(FieldId.keepAlive)) this.#idleLimitMs = keepAliveHintMs(head.fields);
    let end = head.end;
    let body: Body = emptyBody;
    if (head.framing !== 0) {
      try {
        const begun = beginBody(head.framing, { source, text, start: end, available }, this.#settings.limits, this);
        ({ body, end } = begun);
        this.#incoming = begun.incoming;
      } catch (error) {
        this.#fail(badResponse(error));
        return;
      }
    }
    // Bytes after the response belong to nobody: they are dropped, and the connection with them.
    if (end < available) this.#persistent = false;

    const resolve = this.#resolve!;
    this.#resolve = this.#reject = undefined;
    const response: HttpResponse = { status: head.status, reason: head.reason, fields: head.fields, body };
    if (this.#incoming && !this.#incoming.complete) {
      this.#state = "body";
      this.#stream.holdBuffer();
      this.#movedAt = this.#settings.sweeper.now;
      this.expiresAt = this.#movedAt + this.#settings.timeouts.bodyIdleMs;
    } else this.#finish();
    resolve(response);
  }

  #readBody(buffer: Buffer, length: number): void {
    const incoming = this.#incoming!;
    this.#movedAt = this.#settings.sweeper.now;
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
    const unsent = uploading || this.#continueHead !== undefined;
    if (this.#continueHead?.kind === "stream") this.#continueHead.cancel();
    this.#releaseCall();
    this.expiresAt = Infinity;
    this.#request = undefined;
    this.#incoming = undefined;
    this.#outgoing = undefined;
    this.#continueHead = undefined;
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

  #expireWaiting(now: number): void {
    if (this.#continueHead) {
      this.#continue();
      return;
    }
    const { headMs, writeIdleMs } = this.#settings.timeouts;
    if (this.#outgoing && !this.#outgoing.finished) {
      const stuck = this.#stream.queued > 0 && now - this.#movedAt >= writeIdleMs;
      if (stuck) this.#fail(timedOut("write", "the server took no more of the request", writeIdleMs));
      else this.expiresAt = Math.max(this.#movedAt + writeIdleMs, now + 1);
      return;
    }
    if (now - this.#sentAt >= headMs) this.#fail(timedOut("head", "no response", headMs));
    else this.expiresAt = this.#sentAt + headMs;
  }

  #expireBody(now: number): void {
    const { bodyIdleMs } = this.#settings.timeouts;
    if (this.#incoming!.blocked) this.#movedAt = now;
    if (now - this.#movedAt >= bodyIdleMs) this.#fail(timedOut("body", "no more of the response", bodyIdleMs));
    else this.expiresAt = this.#movedAt + bodyIdleMs;
  }
}

/** How a request's content is framed; methods that usually have content say it when there is none. */
function requestFramingOf(request: HttpRequest): SentFraming {
  const { body, method } = request;
  if (body.kind !== "empty") return body.length ?? "chunked";
  return method === "POST" || method === "PUT" || method === "PATCH" ? 0 : "none";
}

function timedOut(phase: "head" | "body" | "write", what: string, limitMs: number): MillraceError {
  return new MillraceError(`${what} within ${limitMs} ms`, { code: "timeout", unsent: false, phase });
}

/** What is wrong with a response is the server's fault, whatever status a client would get for it. */
function badResponse(error: unknown): unknown {
  return error instanceof ProtocolError ? new ProtocolError(error.rule, 502, error.message) : error;
}

function lost(cause: Error | undefined): MillraceError {
  return new MillraceError("the connection broke before the response was whole", {
    code: "connection-lost",
    unsent: false,
    cause,
  });
}

function asError(reason: unknown): Error {
  return reason instanceof Error || isMillraceError(reason) ? reason : new Error(String(reason));
}
