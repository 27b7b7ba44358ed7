import {
  requireFunctions,
  requireOptionalFunctions,
  requirePositive,
  requireWhole,
} from "../../base/options.js";
import type { CallContext } from "../../service/context.js";
import type { Service } from "../../service/service.js";
import type { ClientConnectionOptions } from "../../wire/h1/client-settings.js";
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
  /**
   * Connections that are kept however long nobody uses them; a whole number. One that the server is about
   * to close is replaced first. Whoever wants them from the start makes them with
   * {@link ConnectionPool.connect}.
   * @defaultValue 0
   */
  readonly keptConnections?: number | undefined;
  /** Told each time a connection is gone or could not be made, once it is no longer counted. */
  readonly onDisconnected?: ((end: ConnectionEnd) => void) | undefined;
  /**
   * Told how long each connection that was made has lasted, in milliseconds, when it is gone or became another
   * protocol's; while the pool closes, too.
   */
  readonly onClosed?: ((durationMs: number) => void) | undefined;
}

/** How a connection of a pool ended. */
export interface ConnectionEnd {
  /**
   * Why; `undefined` when all was as it should be: its last call was over, its time was up, its caller
   * gave up, or the server closed one that nobody was using, be it that the next call was on its way.
   */
  readonly failure: unknown;
  /** Whether a call was ever made on it. */
  readonly used: boolean;
}

/** Calls to one place over connections that are kept and used again. */
export interface ConnectionPool extends Service<HttpRequest, HttpResponse>, AsyncDisposable {
  /** Connections open now, those being made included. */
  readonly open: number;
  /** Connections that stand, in use or not. */
  readonly connected: number;
  /** Connections open and unused. */
  readonly idle: number;
  /** Calls that wait for a connection. */
  readonly waiting: number;
  /**
   * Makes one more connection, for calls to come. Does nothing when there are as many as allowed.
   *
   * @throws MillraceError what the connector throws; `closed` when the pool closes first
   */
  connect(): Promise<void>;
  /**
   * Makes a call ahead of all that wait: on an unused connection, or on one made for it, be it one more
   * than allowed. For checks, which must not take a busy server for a dead one.
   */
  callAhead(request: HttpRequest, context: CallContext): Promise<HttpResponse>;
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
 * What a pool goes by, its connections' own settings aside.
 *
 * @internal
 */
export interface PoolLimits {
  readonly connector: Connector;
  readonly maxConnections: number;
  readonly idleMs: number;
  readonly keptConnections: number;
  readonly onDisconnected: ((end: ConnectionEnd) => void) | undefined;
  readonly onClosed: ((durationMs: number) => void) | undefined;
}

/**
 * Checks the options that are not those of connections, and fills their gaps.
 *
 * @internal
 * @throws MillraceError `invalid-options` when an option is out of its range
 */
export function poolLimits(options: ConnectionPoolOptions): PoolLimits {
  const { connector, maxConnections = Infinity, idleMs = 4_000, keptConnections = 0 } = options;
  const { onDisconnected, onClosed } = options;
  requireFunctions("pool.connector", connector, "connect");
  requireOptionalFunctions("pool", options, "onDisconnected", "onClosed");
  requirePositive("pool.maxConnections", maxConnections);
  requirePositive("pool.idleMs", idleMs);
  requireWhole("pool.keptConnections", keptConnections, 0);
  return { connector, maxConnections, idleMs, keptConnections, onDisconnected, onClosed };
}
