import { closedError } from "../../base/errors.js";
import { requirePositive } from "../../base/options.js";
import type { Expirable } from "../../base/sweeper.js";
import { WaitLine } from "../../base/wait-line.js";
import { type CallContext, type CallControl, deriveContext } from "../../service/context.js";
import type { Service } from "../../service/service.js";
import { ClientConnection, type ConnectionOwner } from "../../wire/h1/client-connection.js";
import {
  type ClientConnectionOptions,
  type ClientSettings,
  clientSettings,
} from "../../wire/h1/client-settings.js";
import type { HttpRequest, HttpResponse } from "../../wire/http/message.js";
import type { Connector } from "../connect/connector.js";

/** Where a pool connects, and how many connections it keeps for how long. */
export interface ConnectionPoolOptions extends ClientConnectionOptions {
  /** Makes the connections. */
  readonly connector: Connector;
  /**
   * Connections at once; a call that finds all in use waits, first come first served.
   * @defaultValue Infinity
   */
  readonly maxConnections?: number | undefined;
  /**
   * How long an unused connection is kept, in milliseconds. Keep it below what the server keeps one, or
   * requests meet connections that are just being closed. A `Keep-Alive` hint of the server shortens it.
   * @defaultValue 4_000
   */
  readonly idleMs?: number | undefined;
}

/** Calls to one place over connections that are kept and used again. */
export interface ConnectionPool extends Service<HttpRequest, HttpResponse>, AsyncDisposable {
  /** Connections open now, those being made included. */
  readonly open: number;
  /** Connections open and unused. */
  readonly idle: number;
  /** Calls that wait for a connection. */
  readonly waiting: number;
  /**
   * Replaces the options for all connections: those unused are closed, those in use when their call is
   * over, and new ones made as they are needed.
   */
  configure(options: ConnectionPoolOptions): void;
  /** Takes no new call, lets those in progress finish, then closes. Idempotent. */
  close(): Promise<void>;
  /** Drops every connection at once, those being made included; calls in progress fail. */
  destroy(): void;
}

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

interface IdleConnection {
  readonly connection: ClientConnection;
  readonly until: number;
}

class OnDemandPool implements ConnectionPool, ConnectionOwner, Expirable {
  expiresAt = Infinity;
  #settings!: ClientSettings;
  #connector!: Connector;
  #maxConnections!: number;
  #idleMs!: number;
  readonly #idle: IdleConnection[] = [];
  readonly #connections = new Set<ClientConnection>();
  readonly #attempts = new Set<CallControl>();
  readonly #line = new WaitLine();
  #closing: Promise<void> | undefined;
  #onEmpty: (() => void) | undefined;

  constructor(options: ConnectionPoolOptions) {
    this.configure(options);
  }

  get open(): number {
    return this.#connections.size + this.#attempts.size;
  }

  get idle(): number {
    return this.#idle.length;
  }

  get waiting(): number {
    return this.#line.length;
  }

  get ready(): boolean {
    if (this.#closing) return false;
    return this.#idle.length > 0 || (this.open < this.#maxConnections && this.#line.length === 0);
  }

  whenReady(signal?: AbortSignal): Promise<void> {
    if (this.#closing) return Promise.reject(closedError("the pool"));
    if (this.ready) return Promise.resolve();
    return this.#line.join(signal).then(() => void this.#line.releaseOne());
  }

  call(request: HttpRequest, context: CallContext): Promise<HttpResponse> {
    if (this.#closing) return Promise.reject(closedError("the pool"));
    for (let unused = this.#idle.pop(); unused; unused = this.#idle.pop()) {
      // One that is about to close may still be among them.
      if (unused.connection.ready) return this.#callOn(unused.connection, request, context);
    }
    if (this.open < this.#maxConnections) return this.#connect(request, context);
    return this.#line.join(context.signal).then(() => this.call(request, context));
  }

  configure(options: ConnectionPoolOptions): void {
    const { connector, maxConnections = Infinity, idleMs = 4_000 } = options;
    requirePositive("pool.maxConnections", maxConnections);
    requirePositive("pool.idleMs", idleMs);
    const settings = clientSettings(options);
    this.#settings?.sweeper.delete(this);
    this.#settings = settings;
    this.#connector = connector;
    this.#maxConnections = maxConnections;
    this.#idleMs = idleMs;
    settings.sweeper.add(this);
    for (const connection of [...this.#connections]) connection.retire();
    for (let room = maxConnections - this.open; room > 0 && this.#line.releaseOne(); room -= 1);
  }

  close(): Promise<void> {
    this.#closing ??= this.#drain();
    return this.#closing;
  }

  destroy(): void {
    for (const attempt of [...this.#attempts]) attempt.abort(closedError("the pool"));
    for (const connection of [...this.#connections]) connection.destroy();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** @internal Hears its connections. */
  connectionIdle(connection: ClientConnection): void {
    if (this.#closing) {
      connection.retire();
      return;
    }
    const hintMs = connection.idleLimitMs;
    // A second less than the server says, so that its close and our request do not cross.
    const keptMs =
      hintMs === undefined ? this.#idleMs : Math.min(this.#idleMs, Math.max(hintMs - 1_000, hintMs / 2));
    const until = this.#settings.sweeper.now + keptMs;
    this.#idle.push({ connection, until });
    if (until < this.expiresAt) this.expiresAt = until;
    this.#line.releaseOne();
  }

  /** @internal Hears its connections. */
  connectionClosed(connection: ClientConnection): void {
    this.#connections.delete(connection);
    const at = this.#idle.findIndex((idle) => idle.connection === connection);
    if (at >= 0) this.#idle.splice(at, 1);
    this.#line.releaseOne();
    this.#settleEmpty();
  }

  /** @internal Closes connections that were unused for too long. */
  expired(now: number): void {
    this.expiresAt = Infinity;
    for (const { connection, until } of [...this.#idle]) {
      if (until <= now) connection.retire();
      else if (until < this.expiresAt) this.expiresAt = until;
    }
  }

  async #connect(request: HttpRequest, context: CallContext): Promise<HttpResponse> {
    const attempt = deriveContext(context);
    this.#attempts.add(attempt);
    let connection: ClientConnection;
    try {
      const stream = await this.#connector.connect(attempt.signal);
      connection = new ClientConnection(stream, this.#settings, this);
      this.#connections.add(connection);
    } finally {
      attempt.release();
      this.#attempts.delete(attempt);
      if (this.open < this.#maxConnections) this.#line.releaseOne();
      this.#settleEmpty();
    }
    return this.#callOn(connection, request, context);
  }

  #callOn(connection: ClientConnection, request: HttpRequest, context: CallContext): Promise<HttpResponse> {
    const answer = connection.call(request, context);
    // A call that could not be sent, or whose caller has just given up, leaves the connection as it was.
    if (connection.ready) this.connectionIdle(connection);
    return answer;
  }

  async #drain(): Promise<void> {
    this.#line.rejectAll(closedError("the pool"));
    for (const connection of [...this.#connections]) connection.retire();
    if (this.open > 0) await new Promise<void>((resolve) => (this.#onEmpty = resolve));
    this.#settings.sweeper.delete(this);
  }

  #settleEmpty(): void {
    if (this.#closing && this.open === 0) this.#onEmpty?.();
  }
}
