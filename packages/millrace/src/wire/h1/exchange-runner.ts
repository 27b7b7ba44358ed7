import { abortedError, MillraceError } from "../../base/errors.js";
import { invalidOption } from "../../base/options.js";
import type { Service } from "../../service/service.js";
import { type Body, emptyBody } from "../http/body.js";
import type { HttpRequest, HttpResponse, InterimResponse } from "../http/message.js";
import type { ByteStream } from "../stream/byte-stream.js";
import { beginBody } from "./begin-body.js";
import { listHas } from "./connection-options.js";
import { Exchange } from "./exchange.js";
import type { HeadReader } from "./head-reader.js";
import type { BodyOwner, IncomingBody } from "./incoming-body.js";
import { OutgoingBody, type SendingOwner } from "./outgoing-body.js";
import { ProgressWatch } from "./progress-watch.js";
import { ProtocolError } from "./protocol-error.js";
import type { RequestHead } from "./request-head.js";
import { responseHead } from "./serialize.js";
import type { ServerSettings } from "./server-settings.js";
import { writeResponse } from "./write-response.js";

/** The connection that exchanges happen on, one at a time. */
export interface ExchangeHost {
  /** Content has begun to move: its time limits are to be looked at by `lookAt` first. */
  exchangeMoves(lookAt: number): void;
  /** The exchange is over: its response has been written. `reusable` says whether another may follow. */
  exchangeOver(reusable: boolean): void;
  /** The client's protocol changes: the connection is a tunnel to `stream` from now on. */
  exchangeUpgraded(exchange: Exchange, stream: ByteStream): void;
  /** The rest of the request broke a rule before there was an answer. */
  exchangeRefused(error: ProtocolError): void;
}

/** Runs the exchanges of a server connection: has a request answered, and sends the answer. */
export class ExchangeRunner implements BodyOwner, SendingOwner {
  readonly #stream: ByteStream;
  readonly #service: Service<HttpRequest, HttpResponse>;
  #settings: ServerSettings;
  readonly #host: ExchangeHost;
  #progress: ProgressWatch | undefined;
  #exchange: Exchange | undefined;
  #incoming: IncomingBody | undefined;
  #outgoing: OutgoingBody | undefined;
  #persistent = true;
  #continueOwed = false;

  constructor(
    stream: ByteStream,
    service: Service<HttpRequest, HttpResponse>,
    settings: ServerSettings,
    host: ExchangeHost,
  ) {
    this.#stream = stream;
    this.#service = service;
    this.#settings = settings;
    this.#host = host;
  }

  /** Whether part of the request's content is still to come. */
  get receiving(): boolean {
    return this.#incoming !== undefined && !this.#incoming.complete;
  }

  /**
   * Begins the exchange that `head` asks for, with the content that came along in `reader`.
   *
   * @returns when to look at its time limits first
   * @throws ProtocolError when that content is broken; then nothing has begun
   */
  begin(head: RequestHead, reader: HeadReader<RequestHead>): number {
    const { clock, sweeper, timeouts } = this.#settings;
    const alongBytes = reader.available - head.end;
    this.#persistent = head.persistent;
    this.#continueOwed = head.expectsContinue;
    const body = this.#takeBody(head, reader);
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
    const exchange = new Exchange(request, this.#stream.peer, now, now + timeouts.requestMs);
    exchange.receivedBytes = body.kind === "stream" ? alongBytes : body.length;
    this.#exchange = exchange;
    this.#call(request, exchange).then(this.#onAnswer, this.#onFailure);
    return this.#incoming ? this.#watch().begin(sweeper.now, exchange.deadline) : exchange.deadline;
  }

  /**
   * Takes more of the request's content.
   *
   * @returns where the content ended, or `length`
   */
  feed(buffer: Buffer, length: number): number {
    const incoming = this.#incoming!;
    this.#watch().received(length);
    this.#exchange!.receivedBytes += length;
    this.#continueOwed = false;
    try {
      const end = incoming.feed(buffer, 0, length, true);
      if (incoming.complete) this.#stream.releaseBuffer(incoming.blocked);
      return end;
    } catch (error) {
      this.#breakRequest(error as ProtocolError);
      return length;
    }
  }

  /** Replaces the settings: limits that run already go on, their successors are new. */
  configure(settings: ServerSettings): void {
    this.#settings = settings;
    this.#progress?.configure(settings);
  }

  /** The next response is the last one on this connection. */
  makeLast(): void {
    this.#persistent = false;
  }

  /** The same, unless the response has begun and said otherwise. */
  makeLastUnlessAnswered(): void {
    if (this.#exchange?.status === 0) this.#persistent = false;
  }

  /** Some of what was written has left. */
  flushed(): void {
    this.#outgoing?.flushed();
  }

  /** The client went away, or cut its own request short. */
  clientGone(cause: Error | undefined): void {
    const exchange = this.#exchange;
    if (!exchange) return;
    const error = abortedError(cause ?? new Error("the client closed the connection"));
    this.#exchange = undefined;
    exchange.error ??= error;
    this.#incoming?.closed(
      new MillraceError("the client went away", { code: "aborted", unsent: false, cause }),
    );
    this.#outgoing?.abandon(error);
    if (this.#outgoing) exchange.sentBytes = this.#outgoing.sentBytes;
    exchange.abort(error);
    this.#report(exchange);
    this.#stream.destroy();
  }

  /**
   * Looks at the time limits of the exchange.
   *
   * @returns when to look again
   */
  expired(now: number): number {
    const exchange = this.#exchange;
    if (!exchange) return Infinity;
    if (now >= exchange.deadline) {
      this.#passDeadline(exchange);
      return Infinity;
    }
    const waiting = this.receiving && !this.#incoming!.blocked;
    const sending = this.#outgoing !== undefined && this.#stream.queued > 0;
    const verdict = this.#watch().check(now, waiting, sending);
    if (verdict === "body") {
      this.#breakRequest(new ProtocolError("body-timeout", 408, "a request body came too slowly"));
    } else if (verdict === "write") {
      exchange.error ??= timedOut("the client reads too slowly", "write");
      this.#stream.destroy();
    }
    return Math.min(this.#watch().nextCheck(), exchange.deadline);
  }

  /** The tunnel that an exchange became is closed. */
  tunnelClosed(exchange: Exchange, receivedBytes: number, sentBytes: number): void {
    exchange.receivedBytes = receivedBytes;
    exchange.sentBytes = sentBytes;
    this.#report(exchange);
  }

  bodyPaused(): void {
    this.#watch().bodyPaused();
    this.#stream.pause();
  }

  bodyResumed(): void {
    this.#watch().bodyResumed();
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
    this.#watch().wrote();
  }

  bodySent(): void {
    this.#end();
  }

  bodyBroken(error: Error): void {
    // The client must not take what it has for the whole: no last chunk, and a reset instead of an end.
    if (this.#exchange) this.#exchange.error ??= error;
    this.#stream.destroy(true);
  }

  /** A service that throws, as none should, costs its client an answer and not this process its life. */
  #call(request: HttpRequest, exchange: Exchange): Promise<HttpResponse> {
    try {
      return this.#service.call(request, exchange);
    } catch (error) {
      return Promise.reject(error as Error);
    }
  }

  /** Made when content moves first: most connections only ever see whole messages. */
  #watch(): ProgressWatch {
    this.#progress ??= new ProgressWatch(this.#settings);
    return this.#progress;
  }

  #takeBody(head: RequestHead, reader: HeadReader<RequestHead>): Body {
    if (head.framing === 0) {
      reader.keepRest(head.end);
      return emptyBody;
    }
    if (head.end < reader.available) this.#continueOwed = false;
    const { body, end, incoming } = beginBody(head, reader, this.#settings.limits, this);
    this.#incoming = incoming;
    if (incoming && !incoming.complete) this.#stream.holdBuffer();
    reader.keepRest(end);
    return body;
  }

  readonly #onInterim = (response: InterimResponse) => {
    if (this.#exchange?.status !== 0) return;
    const { status, fields } = response;
    this.#stream.writeText(responseHead({ status, reason: "", fields }, "none", "", undefined));
  };

  readonly #onAnswer = (response: HttpResponse) => {
    if (this.#exchange?.status !== 0) {
      if (response.body.kind === "stream") response.body.cancel();
      response.stream?.destroy();
      return;
    }
    try {
      requireFinal(response, this.#exchange.request);
      if (response.stream) this.#upgrade(response, response.stream);
      else this.#respond(response);
    } catch (error) {
      if (response.body.kind === "stream") response.body.cancel(error);
      response.stream?.destroy();
      this.#onFailure(error);
    }
  };

  readonly #onFailure = (error: unknown) => {
    const exchange = this.#exchange;
    if (exchange?.status !== 0) return;
    exchange.error ??= error;
    this.#respond(this.#settings.errorResponse(error, exchange.request));
  };

  #respond(response: HttpResponse): void {
    const exchange = this.#exchange!;
    // A whole answer to a request that is still coming ends the connection: say so.
    const cut = this.receiving && response.body.kind !== "stream";
    const { dateField, sweeper } = this.#settings;
    const connection = { persistent: this.#persistent && !cut, dateField };
    const written = writeResponse(this.#stream, exchange.request, response, connection);
    this.#persistent = written.persistent;
    exchange.response = response;
    exchange.status = response.status;
    exchange.sentBytes = written.sentBytes;
    if (!written.rest) {
      this.#end();
      return;
    }
    const { body, head, chunked } = written.rest;
    const trailers = chunked && listHas(exchange.request.fields.getList("te") ?? "", "trailers");
    this.#outgoing = new OutgoingBody(this.#stream, body, { chunked, trailers }, this);
    this.#watch().wrote();
    // Of a request without content nobody has watched anything so far.
    if (!this.#incoming) this.#host.exchangeMoves(this.#watch().begin(sweeper.now, exchange.deadline));
    this.#outgoing.start(head);
  }

  #upgrade(response: HttpResponse, stream: ByteStream): void {
    const exchange = this.#exchange!;
    this.#stream.writeText(responseHead(response, "none", "upgrade", this.#settings.dateField()));
    exchange.response = response;
    exchange.status = response.status;
    this.#exchange = undefined;
    this.#host.exchangeUpgraded(exchange, stream);
  }

  /** The response is written. */
  #end(): void {
    const exchange = this.#exchange!;
    const incoming = this.#incoming;
    const requestCut = this.receiving;
    if (this.#outgoing) exchange.sentBytes = this.#outgoing.sentBytes;
    this.#exchange = undefined;
    this.#incoming = undefined;
    this.#outgoing = undefined;
    this.#report(exchange);
    incoming?.cancel();
    this.#host.exchangeOver(this.#persistent && !requestCut);
  }

  #report(exchange: Exchange): void {
    exchange.endedAt = this.#settings.clock.now();
    this.#settings.observer.exchangeEnded?.(exchange);
  }

  /** The rest of a request turned out to be broken while it is being served. */
  #breakRequest(error: ProtocolError): void {
    const exchange = this.#exchange!;
    this.#exchange = undefined;
    exchange.error ??= error;
    this.#incoming!.fail(error);
    this.#incoming = undefined;
    exchange.abort(error);
    if (exchange.status === 0) {
      exchange.status = error.status;
      this.#host.exchangeRefused(error);
    } else {
      this.#settings.observer.requestRefused?.(error, this.#stream.peer);
      this.#outgoing?.abandon(error);
      this.#stream.destroy();
    }
    this.#report(exchange);
  }

  #passDeadline(exchange: Exchange): void {
    const error = timedOut("the request took too long", "call");
    exchange.error ??= error;
    exchange.abort(error);
    if (this.#exchange !== exchange) return;
    // The service may still answer, and must not find another request in the place of this one.
    this.#persistent = false;
    if (exchange.status === 0) this.#onFailure(error);
    else this.#stream.destroy(true);
  }
}

/** A service answers once and for all, or takes the upgrade it was offered. */
function requireFinal({ status, stream }: HttpResponse, request: HttpRequest): void {
  if (stream === undefined ? status >= 200 : status === 101 && request.upgrade !== undefined) return;
  const wanted = "200 to 999, or 101 with a stream for a request to upgrade";
  throw invalidOption("response.status", wanted, status);
}

function timedOut(message: string, phase: "call" | "write"): MillraceError {
  return new MillraceError(message, { code: "timeout", unsent: false, phase });
}
