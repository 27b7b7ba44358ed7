import { abortedError, MillraceError } from "../../base/errors.js";
import type { Expirable } from "../../base/sweeper.js";
import type { Service } from "../../service/service.js";
import { emptyBody, type Body, type StreamBody } from "../http/body.js";
import { FieldId } from "../http/field-id.js";
import type { HttpRequest, HttpResponse, InterimResponse } from "../http/message.js";
import type { ByteReceiver, ByteStream } from "../stream/byte-stream.js";
import { joinStreams, type Tunnel } from "../stream/tunnel.js";
import { readLatin1 } from "../stream/latin1.js";
import { beginBody } from "./begin-body.js";
import { Exchange } from "./exchange.js";
import { HeldBytes } from "./held-bytes.js";
import type { BodyOwner, IncomingBody } from "./incoming-body.js";
import { OutgoingBody, type SendingOwner } from "./outgoing-body.js";
import { ProgressWatch } from "./progress-watch.js";
import { ProtocolError } from "./protocol-error.js";
import { parseRequestHead, type RequestHead } from "./request-head.js";
import { responsePlan } from "./response-plan.js";
import { responseHead } from "./serialize.js";
import type { ServerSettings } from "./server-settings.js";

/** What a connection is doing. */
type State = "idle" | "head" | "exchange" | "flushing" | "tunnel" | "lingering" | "closed";

/** Reads of up to this many bytes are taken as one text, in which small messages stay whole. */
const textLimit = 16 * 1024;
/** Requests sent ahead are kept up to this many bytes; then the client waits. */
const aheadLimit = 64 * 1024;
/** Responses wait in this process up to this many bytes before the next request is looked at. */
const queueLimit = 64 * 1024;
/** What an unread request body may still send, in bytes, for its client to get the response. */
const lingerBytes = 64 * 1024;

/**
 * One client's HTTP/1.1 connection (RFC 9112): reads requests one after the other, has each answered by
 * the service, and writes the answers in order.
 */
export class ServerConnection implements ByteReceiver, BodyOwner, SendingOwner, Expirable {
  expiresAt: number;
  readonly #stream: ByteStream;
  readonly #service: Service<HttpRequest, HttpResponse>;
  readonly #settings: ServerSettings;
  readonly #onClosed: (connection: ServerConnection) => void;
  readonly #progress: ProgressWatch;
  readonly #held = new HeldBytes();
  #state: State = "idle";
  #exchange: Exchange | undefined;
  #incoming: IncomingBody | undefined;
  #outgoing: OutgoingBody | undefined;
  #tunnel: Tunnel | undefined;
  #persistent = true;
  #continueOwed = false;
  #inputEnded = false;
  #draining = false;
  #lingered = 0;

  constructor(
    stream: ByteStream,
    service: Service<HttpRequest, HttpResponse>,
    settings: ServerSettings,
    onClosed: (connection: ServerConnection) => void,
  ) {
    this.#stream = stream;
    this.#service = service;
    this.#settings = settings;
    this.#onClosed = onClosed;
    this.#progress = new ProgressWatch(settings);
    this.expiresAt = settings.sweeper.now + settings.timeouts.headMs;
    settings.sweeper.add(this);
    stream.attach(this);
  }

  /** Whether no request is in progress. */
  get idle(): boolean {
    return this.#state === "idle" || this.#state === "head";
  }

  /** Closes as soon as the exchange in progress is over; at once when there is none. */
  drain(): void {
    this.#draining = true;
    this.#persistent = false;
    if (this.#state === "idle") this.#linger();
  }

  /** Drops the connection and whatever is in progress on it. */
  destroy(): void {
    this.#tunnel?.destroy();
    this.#stream.destroy();
  }

  received(buffer: Buffer, length: number): void {
    switch (this.#state) {
      case "idle":
      case "head":
        this.#readHead(buffer, length);
        break;
      case "exchange":
        this.#readDuringExchange(buffer, length);
        break;
      case "flushing":
        this.#holdAhead(buffer, 0, length);
        break;
      case "lingering":
        this.#lingered += length;
        if (this.#lingered > lingerBytes) this.#stream.destroy();
        break;
      case "tunnel":
      case "closed":
        break;
    }
  }

  ended(): void {
    this.#inputEnded = true;
    switch (this.#state) {
      case "idle":
        this.#stream.end();
        break;
      case "head":
        this.#refuse(new ProtocolError("truncated", 400, "the connection ended within a request head"));
        break;
      case "exchange":
        this.#persistent = false;
        if (this.#incoming && !this.#incoming.complete) this.#clientGone(undefined);
        break;
      case "lingering":
        if (this.#stream.queued === 0) this.#stream.destroy();
        break;
      case "flushing":
      case "tunnel":
      case "closed":
        break;
    }
  }

  flushed(): void {
    if (this.#state === "flushing") this.#next();
    else if (this.#state === "lingering" && this.#inputEnded) this.#stream.destroy();
    else this.#outgoing?.flushed();
  }

  closed(error: Error | undefined): void {
    if (this.#state === "closed") return;
    const wasExchange = this.#state === "exchange";
    this.#state = "closed";
    this.#settings.sweeper.delete(this);
    if (wasExchange) this.#clientGone(error);
    this.#onClosed(this);
  }

  expired(now: number): void {
    switch (this.#state) {
      case "head":
        this.#refuse(new ProtocolError("head-timeout", 408, "a request head took too long"));
        break;
      case "exchange":
        this.#expireExchange(now);
        break;
      case "idle":
        this.#linger();
        break;
      case "flushing":
      case "lingering":
      case "tunnel":
      case "closed":
        this.#stream.destroy();
        break;
    }
  }

  bodyPaused(): void {
    this.#stream.pause();
  }

  bodyResumed(): void {
    this.#progress.bodyResumed();
    this.#stream.resume();
  }

  bodyWanted(): void {
    if (!this.#continueOwed) return;
    this.#continueOwed = false;
    if (this.#exchange?.status === 0) this.#stream.writeText("HTTP/1.1 100 Continue\r\n\r\n");
  }

  bodyCancelled(): void {
    // The rest of it is dropped when the exchange is over.
  }

  bodyProgress(): void {
    this.#progress.wrote();
  }

  bodySent(): void {
    this.#endExchange();
  }

  bodyBroken(error: Error): void {
    // The client must not take what it has for the whole: no last chunk, and a reset where a length was promised.
    if (this.#exchange) this.#exchange.error ??= error;
    this.#stream.destroy(true);
  }

  #readHead(buffer: Buffer, length: number): void {
    const { limits } = this.#settings;
    let source = buffer;
    let available = length;
    if (this.#held.length > 0) {
      this.#held.append(buffer, 0, length);
      if (!this.#held.worthParsing(length, limits.headBytes)) return;
      source = this.#held.buffer;
      available = this.#held.length;
    }

    let head: RequestHead | undefined;
    let text = readLatin1(source, 0, Math.min(available, textLimit));
    const scheme = this.#stream.peer.encrypted ? "https" : "http";
    try {
      head = parseRequestHead(text, limits, scheme);
      if (!head && available > textLimit) {
        text = readLatin1(source, 0, Math.min(available, limits.headBytes));
        head = parseRequestHead(text, limits, scheme);
      }
    } catch (error) {
      this.#refuse(error as ProtocolError);
      return;
    }
    if (!head) this.#holdHead(buffer, length);
    else this.#begin(head, source, text, available);
  }

  #holdHead(buffer: Buffer, length: number): void {
    if (this.#held.length === 0) this.#held.append(buffer, 0, length);
    if (this.#state === "head") return;
    this.#state = "head";
    this.expiresAt = this.#settings.sweeper.now + this.#settings.timeouts.headMs;
  }

  #begin(head: RequestHead, source: Buffer, text: string, available: number): void {
    const { clock, sweeper, timeouts } = this.#settings;
    this.#state = "exchange";
    this.#persistent = head.persistent && !this.#draining;
    this.#continueOwed = head.expectsContinue;

    let end = head.end;
    let body: Body = emptyBody;
    if (head.framing !== 0) {
      try {
        const begun = beginBody(head.framing, { source, text, start: end, available }, this.#settings.limits, this);
        if (end < available) this.#continueOwed = false;
        ({ body, end } = begun);
        this.#incoming = begun.incoming;
        if (begun.incoming && !begun.incoming.complete) this.#stream.holdBuffer();
      } catch (error) {
        this.#refuse(error as ProtocolError);
        return;
      }
    }

    const heldSource = source === this.#held.buffer;
    if (heldSource) {
      const ahead = end < available ? Buffer.from(source.subarray(end, available)) : undefined;
      this.#held.clear();
      if (ahead) this.#held.append(ahead, 0, ahead.length);
    } else if (end < available) {
      this.#holdAhead(source, end, available);
    }

    const request: HttpRequest = {
      method: head.method,
      target: head.target,
      minorVersion: head.minorVersion,
      fields: head.fields,
      body,
      upgrade: body.kind === "empty" ? head.upgrade : undefined,
      peer: this.#stream.peer,
      onInterim: head.minorVersion > 0 ? this.#onInterim : undefined,
    };
    const now = clock.now();
    const deadline = now + timeouts.requestMs;
    this.#exchange = new Exchange(request, this.#stream.peer, now, deadline);
    this.#exchange.receivedBytes = body.kind === "stream" ? available - head.end : body.length;
    this.expiresAt = this.#incoming ? this.#progress.begin(sweeper.now, deadline) : deadline;
    this.#service.call(request, this.#exchange).then(this.#onAnswer, this.#onFailure);
  }

  #readDuringExchange(buffer: Buffer, length: number): void {
    const incoming = this.#incoming;
    if (!incoming || incoming.complete) {
      this.#holdAhead(buffer, 0, length);
      return;
    }
    this.#progress.received(length);
    this.#exchange!.receivedBytes += length;
    this.#continueOwed = false;
    let end: number;
    try {
      end = incoming.feed(buffer, 0, length, true);
    } catch (error) {
      this.#breakRequest(error as ProtocolError);
      return;
    }
    if (incoming.complete) this.#stream.releaseBuffer(incoming.blocked);
    if (end < length) this.#holdAhead(buffer, end, length);
  }

  #holdAhead(buffer: Buffer, start: number, end: number): void {
    this.#held.append(buffer, start, end);
    if (this.#held.length > aheadLimit) this.#stream.pause();
  }

  readonly #onInterim = (response: InterimResponse) => {
    if (this.#state !== "exchange" || this.#exchange!.status !== 0) return;
    const { status, fields } = response;
    this.#stream.writeText(responseHead({ status, reason: "", fields }, "none", "", undefined));
  };

  readonly #onAnswer = (response: HttpResponse) => {
    if (this.#state !== "exchange" || this.#exchange!.status !== 0) {
      if (response.body.kind === "stream") response.body.cancel();
      response.stream?.destroy();
      return;
    }
    try {
      this.#respond(response);
    } catch (error) {
      if (response.body.kind === "stream") response.body.cancel(error);
      this.#onFailure(error);
    }
  };

  readonly #onFailure = (error: unknown) => {
    const exchange = this.#exchange;
    if (this.#state !== "exchange" || exchange!.status !== 0) return;
    exchange!.error ??= error;
    this.#respond(this.#settings.errorResponse(error, exchange!.request));
  };

  #respond(response: HttpResponse): void {
    const exchange = this.#exchange!;
    const { request } = exchange;
    if (response.stream) {
      this.#beginTunnel(response, response.stream);
      return;
    }
    const plan = responsePlan(request, response);
    const cut = this.#incoming !== undefined && !this.#incoming.complete && response.body.kind !== "stream";
    if (cut || plan.framing === "close" || plan.closes) this.#persistent = false;
    const note = !this.#persistent ? "close" : request.minorVersion === 0 ? "keep-alive" : "";
    const date = response.fields.hasId(FieldId.date) ? undefined : this.#settings.dateField();
    const head = responseHead(response, plan.framing, note, date);
    exchange.response = response;
    exchange.status = response.status;

    const { body } = plan;
    if (body.kind === "stream") {
      this.#sendStream(head, body, plan.framing === "chunked");
      return;
    }
    exchange.sentBytes = body.length;
    if (body.kind === "empty") this.#stream.writeText(head, this.#stream.queued > 0);
    else if (body.length <= textLimit) this.#stream.writeText(head + body.latin1, this.#stream.queued > 0);
    else {
      this.#stream.cork();
      this.#stream.writeText(head);
      this.#stream.write(body.bytes, true);
      this.#stream.uncork();
    }
    this.#endExchange();
  }

  #sendStream(head: string, body: StreamBody, chunked: boolean): void {
    const trailers = chunked && /\btrailers\b/i.test(this.#exchange!.request.fields.get("te") ?? "");
    const outgoing = new OutgoingBody(this.#stream, body, { chunked, trailers }, this);
    this.#outgoing = outgoing;
    this.#progress.wrote();
    this.expiresAt = Math.min(this.#progress.nextCheck(), this.#exchange!.deadline);
    outgoing.start(head);
  }

  #beginTunnel(response: HttpResponse, stream: ByteStream): void {
    const exchange = this.#exchange!;
    const { sweeper, timeouts } = this.#settings;
    exchange.response = response;
    exchange.status = response.status;
    this.#stream.writeText(responseHead(response, "none", "upgrade", this.#settings.dateField()));
    this.#state = "tunnel";
    this.expiresAt = Infinity;
    const ahead = this.#held.take();
    if (ahead.length > 0) stream.write(ahead);
    this.#tunnel = joinStreams(this.#stream, stream, {
      sweeper,
      idleMs: timeouts.tunnelIdleMs,
      onClosed: ({ back }) => {
        exchange.sentBytes = back;
        this.#report(exchange);
        this.closed(undefined);
      },
    });
  }

  /** The response is written: turns to the next request, or closes. */
  #endExchange(): void {
    const exchange = this.#exchange!;
    const incoming = this.#incoming;
    const requestCut = incoming !== undefined && !incoming.complete;
    if (this.#outgoing) exchange.sentBytes = this.#outgoing.sentBytes;
    this.#exchange = undefined;
    this.#incoming = undefined;
    this.#outgoing = undefined;
    this.#report(exchange);
    incoming?.cancel();
    if (!this.#persistent || requestCut) {
      if (this.#inputEnded) {
        this.#state = "lingering";
        this.expiresAt = this.#settings.sweeper.now + this.#settings.timeouts.writeIdleMs;
        this.#stream.end();
      } else this.#linger();
    } else if (this.#stream.queued > queueLimit) {
      this.#state = "flushing";
      this.expiresAt = this.#settings.sweeper.now + this.#settings.timeouts.writeIdleMs;
      this.#stream.pause();
    } else this.#next();
  }

  #next(): void {
    const { sweeper, timeouts } = this.#settings;
    const wasPaused = this.#state === "flushing" || this.#held.length > aheadLimit;
    this.#state = "idle";
    this.expiresAt = sweeper.now + timeouts.idleMs;
    if (wasPaused) this.#stream.resume();
    if (this.#held.length > 0) {
      const ahead = this.#held.take();
      this.#readHead(ahead, ahead.length);
    }
  }

  #report(exchange: Exchange): void {
    exchange.endedAt = this.#settings.clock.now();
    this.#settings.observer.exchangeEnded?.(exchange);
  }

  /** Says goodbye: no more requests, but reads on for a while so that the last response is not reset away. */
  #linger(): void {
    this.#state = "lingering";
    this.#held.clear();
    this.expiresAt = this.#settings.sweeper.now + this.#settings.timeouts.lingerMs;
    this.#stream.end();
    this.#stream.resume();
  }

  /** Answers a request that must not be served, and closes. */
  #refuse(error: ProtocolError): void {
    this.#settings.observer.requestRefused?.(error, this.#stream.peer);
    const response = this.#settings.errorResponse(error, undefined);
    const plan = responsePlan(undefined, response);
    const head = responseHead(response, plan.framing, "close", this.#settings.dateField());
    this.#stream.writeText(response.body.kind === "bytes" ? head + response.body.latin1 : head);
    this.#incoming = undefined;
    this.#linger();
  }

  /** The rest of a request turned out to be broken while it is being served. */
  #breakRequest(error: ProtocolError): void {
    const exchange = this.#exchange!;
    const answered = exchange.status !== 0;
    exchange.error ??= error;
    this.#incoming!.fail(error);
    exchange.abort(error);
    this.#persistent = false;
    if (answered) {
      this.#settings.observer.requestRefused?.(error, this.#stream.peer);
      this.#outgoing?.abandon(error);
      this.#stream.destroy();
      return;
    }
    exchange.status = error.status;
    this.#exchange = undefined;
    this.#refuse(error);
    this.#report(exchange);
  }

  /** The client went away, or cut its own request short. */
  #clientGone(cause: Error | undefined): void {
    const exchange = this.#exchange;
    if (!exchange) return;
    const error = abortedError(cause ?? new Error("the client closed the connection"));
    this.#exchange = undefined;
    exchange.error ??= error;
    this.#incoming?.closed(new MillraceError("the client went away", { code: "aborted", unsent: false, cause }));
    this.#outgoing?.abandon(error);
    if (this.#outgoing) exchange.sentBytes = this.#outgoing.sentBytes;
    exchange.abort(error);
    this.#report(exchange);
    if (this.#state !== "closed") this.#stream.destroy();
  }

  #expireExchange(now: number): void {
    const exchange = this.#exchange!;
    if (now >= exchange.deadline) {
      const error = new MillraceError("the request took too long", { code: "timeout", unsent: false, phase: "call" });
      exchange.error ??= error;
      exchange.abort(error);
      if (this.#exchange !== exchange) return;
      if (exchange.status === 0) this.#onFailure(error);
      else this.#stream.destroy(true);
      return;
    }
    const waiting = this.#incoming !== undefined && !this.#incoming.complete && !this.#incoming.blocked;
    const sending = this.#outgoing !== undefined && this.#stream.queued > 0;
    const verdict = this.#progress.check(now, waiting, sending);
    if (verdict === "body") this.#breakRequest(new ProtocolError("body-timeout", 408, "a request body came too slowly"));
    else if (verdict === "write") {
      exchange.error ??= new MillraceError("the client reads too slowly", { code: "timeout", unsent: false, phase: "write" });
      this.#stream.destroy();
    } else this.expiresAt = Math.min(this.#progress.nextCheck(), exchange.deadline);
  }
}
