import type { Expirable } from "../../base/sweeper.js";
import type { Service } from "../../service/service.js";
import type { HttpRequest, HttpResponse } from "../http/message.js";
import type { ByteReceiver, ByteStream } from "../stream/byte-stream.js";
import { joinStreams, type Tunnel } from "../stream/tunnel.js";
import type { Exchange } from "./exchange.js";
import { type ExchangeHost, ExchangeRunner } from "./exchange-runner.js";
import { HeadReader } from "./head-reader.js";
import { ProtocolError } from "./protocol-error.js";
import { parseRequestHead, type RequestHead } from "./request-head.js";
import type { ServerSettings } from "./server-settings.js";
import { writeResponse } from "./write-response.js";

/** What a connection is doing. */
type State = "idle" | "head" | "exchange" | "flushing" | "tunnel" | "lingering" | "closed";

/** Which requests a connection still answers: any, those that are here and one more, or the one in progress. */
type Outlook = "open" | "retired" | "draining";

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
export class ServerConnection implements ByteReceiver, ExchangeHost, Expirable {
  expiresAt: number;
  readonly #stream: ByteStream;
  #settings: ServerSettings;
  readonly #onClosed: (connection: ServerConnection) => void;
  readonly #reader: HeadReader<RequestHead>;
  readonly #runner: ExchangeRunner;
  #state: State = "idle";
  #tunnel: Tunnel | undefined;
  #inputEnded = false;
  #outlook: Outlook = "open";
  #lingered = 0;
  #queuedBefore = 0;

  constructor(
    stream: ByteStream,
    service: Service<HttpRequest, HttpResponse>,
    settings: ServerSettings,
    onClosed: (connection: ServerConnection) => void,
  ) {
    this.#stream = stream;
    this.#settings = settings;
    this.#onClosed = onClosed;
    this.#runner = new ExchangeRunner(stream, service, settings, this);
    const scheme = stream.peer.encrypted ? "https" : "http";
    this.#reader = new HeadReader(
      (text) => parseRequestHead(text, this.#settings.limits, scheme),
      settings.limits.headBytes,
    );
    this.expiresAt = settings.sweeper.now + settings.timeouts.headMs;
    settings.sweeper.add(this);
    stream.attach(this);
  }

  /**
   * Replaces the settings. Sizes count from the next bytes on; of the time limits those that run already
   * go on, but for that of an idle connection, which begins anew.
   */
  configure(settings: ServerSettings): void {
    if (this.#state === "closed") return;
    this.#settings.sweeper.delete(this);
    settings.sweeper.add(this);
    this.#settings = settings;
    this.#reader.limit(settings.limits.headBytes);
    this.#runner.configure(settings);
    if (this.#state === "idle") this.expiresAt = settings.sweeper.now + settings.timeouts.idleMs;
  }

  /** Closes as soon as the exchange in progress is over; at once when there is none. */
  drain(): void {
    this.#outlook = "draining";
    if (this.#state === "idle") this.#linger();
    else if (this.#state === "exchange") this.#runner.makeLast();
  }

  /**
   * Makes the next response the last one, and says so in it, or takes that back. An idle connection waits for its next
   * request, which may be on its way. A response whose head has left keeps its word: the one after it is the last.
   */
  retire(retired: boolean): void {
    if (this.#outlook === "draining") return;
    this.#outlook = retired ? "retired" : "open";
    if (this.#state === "exchange" && this.#lastNow) this.#runner.makeLastUnlessAnswered();
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
      case "exchange": {
        const end = this.#runner.receiving ? this.#runner.feed(buffer, length) : 0;
        if (end < length) this.#keepAhead(buffer, end, length);
        break;
      }
      case "flushing":
        this.#keepAhead(buffer, 0, length);
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
        this.exchangeRefused(
          new ProtocolError("truncated", 400, "the connection ended within a request head"),
        );
        break;
      case "exchange":
        // Requests that were sent ahead are still answered.
        if (this.#reader.heldBytes === 0) this.#runner.makeLast();
        if (this.#runner.receiving) this.#runner.clientGone(undefined);
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
    else if (this.#state === "lingering") this.#expireSoon();
    else this.#runner.flushed();
  }

  closed(error: Error | undefined): void {
    if (this.#state === "closed") return;
    const wasExchange = this.#state === "exchange";
    this.#state = "closed";
    this.#settings.sweeper.delete(this);
    if (wasExchange) this.#runner.clientGone(error);
    this.#onClosed(this);
  }

  expired(now: number): void {
    switch (this.#state) {
      case "head":
        this.exchangeRefused(new ProtocolError("head-timeout", 408, "a request head took too long"));
        break;
      case "exchange": {
        const next = this.#runner.expired(now);
        if (this.#state === "exchange") this.expiresAt = next;
        break;
      }
      case "idle":
        this.#linger();
        break;
      case "flushing":
      case "lingering":
        this.#expireLeaving(now);
        break;
      case "tunnel":
      case "closed":
        this.#stream.destroy();
        break;
    }
  }

  exchangeMoves(lookAt: number): void {
    this.expiresAt = lookAt;
  }

  exchangeOver(reusable: boolean): void {
    if (this.#state === "closed") return;
    if (!reusable) this.#linger();
    else if (this.#stream.queued > queueLimit) {
      this.#state = "flushing";
      this.#queuedBefore = this.#stream.queued;
      this.expiresAt = this.#settings.sweeper.now + this.#settings.timeouts.writeIdleMs;
      this.#stream.pause();
    } else this.#next();
  }

  exchangeUpgraded(exchange: Exchange, stream: ByteStream): void {
    const { sweeper, timeouts } = this.#settings;
    this.#state = "tunnel";
    this.expiresAt = Infinity;
    const ahead = this.#reader.takeHeld();
    if (ahead.length > 0) stream.write(ahead);
    this.#stream.resume();
    this.#tunnel = joinStreams(this.#stream, stream, {
      sweeper,
      idleMs: timeouts.tunnelIdleMs,
      onClosed: ({ forth, back }) => {
        this.#runner.tunnelClosed(exchange, ahead.length + forth, back);
        this.closed(undefined);
      },
    });
  }

  /** Answers a request that must not be served, and closes. */
  exchangeRefused(error: ProtocolError): void {
    const { observer, errorResponse, dateField } = this.#settings;
    observer.requestRefused?.(error, this.#stream.peer);
    const leaving = { persistent: false, dateField, atOnce: true };
    writeResponse(this.#stream, undefined, errorResponse(error, undefined), leaving);
    this.#linger();
  }

  #readHead(buffer: Buffer, length: number): void {
    try {
      const head = this.#reader.read(buffer, length);
      if (head) this.#begin(head);
      else this.#awaitHead();
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.exchangeRefused(error);
    }
  }

  #begin(head: RequestHead): void {
    this.#state = "exchange";
    this.expiresAt = this.#runner.begin(head, this.#reader);
    if (this.#outlook !== "open" && this.#lastNow) this.#runner.makeLast();
    if (this.#reader.heldBytes > aheadLimit) this.#stream.pause();
  }

  /** Whether the request in progress is the last. Those that were sent ahead by now are still answered. */
  get #lastNow(): boolean {
    if (this.#outlook === "retired") return this.#reader.heldBytes === 0;
    return this.#outlook === "draining";
  }

  /** Part of a head is here: from now on its time counts. */
  #awaitHead(): void {
    if (this.#state === "head") return;
    this.#state = "head";
    this.expiresAt = this.#settings.sweeper.now + this.#settings.timeouts.headMs;
  }

  #keepAhead(buffer: Buffer, start: number, end: number): void {
    this.#reader.keep(buffer, start, end);
    if (this.#reader.heldBytes > aheadLimit) this.#stream.pause();
  }

  /** Turns to the next request, which may have been sent ahead. */
  #next(): void {
    const { sweeper, timeouts } = this.#settings;
    if (this.#outlook === "draining") {
      this.#linger();
      return;
    }
    if (this.#state === "flushing" || this.#reader.heldBytes > aheadLimit) this.#stream.resume();
    this.#state = "idle";
    this.expiresAt = sweeper.now + timeouts.idleMs;
    if (this.#reader.heldBytes > 0) {
      const ahead = this.#reader.takeHeld();
      this.#readHead(ahead, ahead.length);
    }
    if (this.#inputEnded) this.ended();
  }

  /** The last response has left: nothing but the client's own end is waited for. */
  #expireSoon(): void {
    if (this.#inputEnded) this.#stream.destroy();
    else this.expiresAt = this.#settings.sweeper.now + this.#settings.timeouts.lingerMs;
    this.#queuedBefore = 0;
  }

  /** Drops a client that has taken nothing of what is queued, or has taken it all and lingers still. */
  #expireLeaving(now: number): void {
    const { lingerMs, writeIdleMs } = this.#settings.timeouts;
    const { queued } = this.#stream;
    if (queued >= this.#queuedBefore) this.#stream.destroy();
    else this.expiresAt = now + (queued > 0 ? writeIdleMs : lingerMs);
    this.#queuedBefore = queued;
  }

  /** Says goodbye: no more requests, but reads on for a while so that the last response is not reset away. */
  #linger(): void {
    const { sweeper, timeouts } = this.#settings;
    this.#state = "lingering";
    this.#reader.takeHeld();
    this.#queuedBefore = this.#stream.queued;
    // First the client has to take what is queued; one that has said all it has to say needs no more.
    const leaving = this.#inputEnded || this.#queuedBefore > 0;
    this.expiresAt = sweeper.now + (leaving ? timeouts.writeIdleMs : timeouts.lingerMs);
    this.#stream.end();
    this.#stream.resume();
  }
}
