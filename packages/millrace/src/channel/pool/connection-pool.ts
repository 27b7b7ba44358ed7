import { closedError } from "../../base/errors.js";
import type { Expirable } from "../../base/sweeper.js";
import { WaitLine } from "../../base/wait-line.js";
import { type CallContext, type CallControl, createContext, deriveContext } from "../../service/context.js";
import { ClientConnection } from "../../wire/h1/client-connection.js";
import { type ClientSettings, clientSettings } from "../../wire/h1/client-settings.js";
import type { ConnectionOwner } from "../../wire/h1/connection-owner.js";
import type { HttpRequest, HttpResponse } from "../../wire/http/message.js";
import {
  type ConnectionPool,
  type ConnectionPoolOptions,
  type PoolLimits,
  poolLimits,
} from "./connection-pool-options.js";
import { UnusedConnections } from "./unused-connections.js";

/**
 * Opens a pool that connects when a call needs it, and keeps the connection for the next one.
 *
 * The last connection used is used first, so that those not needed run out of time.
 *
 * @throws MillraceError `invalid-options` when an option is out of its range
 */
export function openConnectionPool(options: ConnectionPoolOptions): ConnectionPool {
  return new OnDemandPool(options);
}

/** What a connection is being made for: a call that waits for it, or those to come. */
type Purpose = "call" | "spare";

class OnDemandPool implements ConnectionPool, ConnectionOwner<ClientConnection>, Expirable {
  #settings!: ClientSettings;
  #options!: PoolLimits;
  readonly #unused = new UnusedConnections();
  /** Each with the clock time at which it was made. */
  readonly #connections = new Map<ClientConnection, number>();
  readonly #attempts = new Map<CallControl, Purpose>();
  readonly #line = new WaitLine();
  #closing: Promise<void> | undefined;
  #onEmpty: (() => void) | undefined;

  constructor(options: ConnectionPoolOptions) {
    this.configure(options);
  }

  get open(): number {
    return this.#connections.size + this.#attempts.size;
  }

  get connected(): number {
    return this.#connections.size;
  }

  get idle(): number {
    return this.#unused.length;
  }

  get waiting(): number {
    return this.#line.length;
  }

  get ready(): boolean {
    if (this.#closing) return false;
    return this.#unused.length > 0 || (this.open < this.#options.maxConnections && this.#line.length === 0);
  }

  /** @internal */
  get expiresAt(): number {
    return this.#unused.expiresAt;
  }

  whenReady(signal?: AbortSignal): Promise<void> {
    if (this.#closing) return Promise.reject(closedError("the pool"));
    if (this.ready) return Promise.resolve();
    return this.#line.join(signal).then(() => void this.#line.releaseOne());
  }

  call(request: HttpRequest, context: CallContext): Promise<HttpResponse> {
    if (this.#closing) return Promise.reject(closedError("the pool"));
    const unused = this.#unused.pop();
    if (unused) return this.#callOn(unused, request, context);
    if (this.open < this.#options.maxConnections) return this.#connectAndCall(request, context);
    return this.#line.join(context.signal).then(() => this.call(request, context));
  }

  callAhead(request: HttpRequest, context: CallContext): Promise<HttpResponse> {
    if (this.#closing) return Promise.reject(closedError("the pool"));
    const unused = this.#unused.pop();
    return unused ? this.#callOn(unused, request, context) : this.#connectAndCall(request, context);
  }

  async connect(): Promise<void> {
    if (this.#closing) throw closedError("the pool");
    if (this.open < this.#options.maxConnections) this.#keep(await this.#connect(createContext(), "spare"));
  }

  configure(options: ConnectionPoolOptions): void {
    const limits = poolLimits(options);
    const settings = clientSettings(options);
    this.#settings?.sweeper.delete(this);
    this.#settings = settings;
    this.#options = limits;
    settings.sweeper.add(this);
    for (const connection of [...this.#connections.keys()]) connection.retire();
    for (let room = limits.maxConnections - this.open; room > 0 && this.#line.releaseOne(); room -= 1);
  }

  close(): Promise<void> {
    this.#closing ??= this.#drain();
    return this.#closing;
  }

  destroy(): void {
    for (const attempt of [...this.#attempts.keys()]) attempt.abort(closedError("the pool"));
    for (const connection of [...this.#connections.keys()]) connection.destroy();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** @internal Hears its connections. */
  connectionIdle(connection: ClientConnection): void {
    if (this.#closing || this.open > this.#options.maxConnections) {
      connection.retire();
      return;
    }
    this.#unused.push(connection, this.#settings.sweeper.now, this.#options.idleMs);
    this.#line.releaseOne();
  }

  /** @internal Hears its connections. */
  connectionClosed(connection: ClientConnection, failure: unknown): void {
    const openedAt = this.#connections.get(connection);
    this.#connections.delete(connection);
    this.#unused.delete(connection);
    if (openedAt !== undefined) this.#options.onClosed?.(this.#settings.clock.now() - openedAt);
    this.#line.releaseOne();
    this.#settleEmpty();
    this.#tellEnd(failure, connection.used);
  }

  /** @internal Closes connections that were unused for too long. */
  expired(now: number): void {
    let spare = this.#connections.size - this.#options.keptConnections;
    for (const unused of this.#unused.expired(now)) {
      if (spare-- > 0) unused.connection.retire();
      else if (unused.serverUntil <= now) this.#replace(unused.connection);
      else unused.until = unused.serverUntil;
    }
    this.#unused.replan();
  }

  /** Closes a connection that the server is about to close, once there is another. */
  #replace(connection: ClientConnection): void {
    this.#unused.delete(connection);
    const retire = () => connection.retire();
    this.#connect(createContext(), "spare")
      .then((successor) => this.#keep(successor))
      .then(retire, retire);
  }

  /** Keeps a new connection for a call to come, if it has not gone already. */
  #keep(connection: ClientConnection): void {
    if (connection.ready) this.connectionIdle(connection);
  }

  #connectAndCall(request: HttpRequest, context: CallContext): Promise<HttpResponse> {
    const attempt = deriveContext(context);
    return this.#connect(attempt, "call").then((connection) => this.#callOn(connection, request, context));
  }

  async #connect(attempt: CallControl, purpose: Purpose): Promise<ClientConnection> {
    this.#attempts.set(attempt, purpose);
    let failure: unknown;
    try {
      const stream = await this.#options.connector.connect(attempt.signal);
      const connection = new ClientConnection(stream, this.#settings, this);
      // One that broke just now has been reported before it could be counted.
      if (!stream.destroyed) this.#connections.set(connection, this.#settings.clock.now());
      return connection;
    } catch (error) {
      failure = error;
      throw error;
    } finally {
      attempt.release();
      this.#attempts.delete(attempt);
      if (this.open < this.#options.maxConnections) this.#line.releaseOne();
      this.#settleEmpty();
      if (failure !== undefined) this.#tellEnd(attempt.aborted ? undefined : failure, false);
    }
  }

  #callOn(connection: ClientConnection, request: HttpRequest, context: CallContext): Promise<HttpResponse> {
    const answer = connection.call(request, context);
    // A call that could not be sent, or whose caller has just given up, leaves the connection as it was.
    if (connection.ready) this.connectionIdle(connection);
    return answer;
  }

  async #drain(): Promise<void> {
    this.#line.rejectAll(closedError("the pool"));
    for (const connection of [...this.#connections.keys()]) connection.retire();
    for (const [attempt, purpose] of [...this.#attempts]) {
      if (purpose === "spare") attempt.abort(closedError("the pool"));
    }
    if (this.open > 0) await new Promise<void>((resolve) => (this.#onEmpty = resolve));
    this.#settings.sweeper.delete(this);
  }

  #tellEnd(failure: unknown, used: boolean): void {
    if (!this.#closing) this.#options.onDisconnected?.({ failure, used });
  }

  #settleEmpty(): void {
    if (this.#closing && this.open === 0) this.#onEmpty?.();
  }
}
