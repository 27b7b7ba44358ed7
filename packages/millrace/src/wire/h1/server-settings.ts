import { type Clock, systemClock } from "../../base/clock.js";
import { requirePositive, requireRange, withDefaults } from "../../base/options.js";
import { Sweeper } from "../../base/sweeper.js";
import { createDateField } from "../http/date.js";
import { errorResponse } from "../http/error-response.js";
import type { HttpRequest, HttpResponse } from "../http/message.js";
import type { Peer } from "../stream/byte-stream.js";
import type { Exchange } from "./exchange.js";
import { type MessageLimits, messageLimits } from "./limits.js";
import type { ProtocolError } from "./protocol-error.js";

/** Waits that a server connection puts an end to; all in milliseconds, `Infinity` for no end. */
export interface ServerTimeouts {
  /**
   * From the first byte of a head to its last: slow senders get 408.
   * @defaultValue 10_000
   */
  readonly headMs: number;
  /**
   * Between requests; then the connection closes.
   * @defaultValue 60_000
   */
  readonly idleMs: number;
  /**
   * Between two reads of content that the service waits for; then 408.
   * @defaultValue 30_000
   */
  readonly bodyIdleMs: number;
  /**
   * Between two writes that the client takes; then the connection is dropped.
   * @defaultValue 30_000
   */
  readonly writeIdleMs: number;
  /**
   * From a request's head to the end of its response: the call's deadline.
   * @defaultValue Infinity
   */
  readonly requestMs: number;
  /**
   * How long a closing connection still reads, so that the client gets the last response.
   * @defaultValue 2_000
   */
  readonly lingerMs: number;
  /**
   * Without a byte either way after an upgrade; then both sides close.
   * @defaultValue 3_600_000
   */
  readonly tunnelIdleMs: number;
}

/** Hears what happens on server connections. Called on the hot path: must be quick, must not throw. */
export interface ServerObserver {
  /** An exchange is over, well or not: see its `status` and `error`. */
  exchangeEnded?(exchange: Exchange): void;
  /** A client's bytes broke a rule; the answer was `error.status`, and the connection closes. */
  requestRefused?(error: ProtocolError, peer: Peer): void;
}

/** What clients may do on a connection, how long they may take, and who hears of it. */
export interface ServerConnectionOptions {
  /** How large messages may be. */
  readonly limits?: Partial<MessageLimits> | undefined;
  /** How long clients may take. */
  readonly timeouts?: Partial<ServerTimeouts> | undefined;
  /**
   * Slowest average rate, in bytes a second, at which content may come over a window of
   * `timeouts.bodyIdleMs`; 0 for any. Time in which the service holds the client back does not count.
   * @defaultValue 500
   */
  readonly minBodyRate?: number | undefined;
  /**
   * Answers for a service that failed, or a request that was refused (then without `request`).
   * @defaultValue short text with the status that fits the error
   */
  readonly errorResponse?: ((error: unknown, request: HttpRequest | undefined) => HttpResponse) | undefined;
  /** @defaultValue nobody */
  readonly observer?: ServerObserver | undefined;
  /** @defaultValue {@link systemClock} */
  readonly clock?: Clock | undefined;
  /**
   * Watches the time limits of all connections that share it.
   * @defaultValue one of its own for each set of settings
   */
  readonly sweeper?: Sweeper | undefined;
}

/** Checked and complete {@link ServerConnectionOptions}, shared by all connections of a server. */
export interface ServerSettings {
  /** How large messages may be. */
  readonly limits: MessageLimits;
  /** How long clients may take. */
  readonly timeouts: ServerTimeouts;
  /** Slowest average rate of content, in bytes a second; 0 for any. */
  readonly minBodyRate: number;
  /** Answers for a service that failed, or a request that was refused (then without `request`). */
  readonly errorResponse: (error: unknown, request: HttpRequest | undefined) => HttpResponse;
  /** Hears what happens. */
  readonly observer: ServerObserver;
  /** Tells the time of exchanges. */
  readonly clock: Clock;
  /** Watches the time limits. */
  readonly sweeper: Sweeper;
  /** Gives the `Date` line of a response, made anew once a second. */
  readonly dateField: () => string;
}

const defaultTimeouts: ServerTimeouts = {
  headMs: 10_000,
  idleMs: 60_000,
  bodyIdleMs: 30_000,
  writeIdleMs: 30_000,
  requestMs: Infinity,
  lingerMs: 2_000,
  tunnelIdleMs: 3_600_000,
};

/**
 * Turns options into settings.
 *
 * @throws MillraceError `invalid-options` when an option is out of its range
 */
export function serverSettings(options: ServerConnectionOptions = {}): ServerSettings {
  const clock = options.clock ?? systemClock;
  const timeouts = withDefaults(defaultTimeouts, options.timeouts ?? {});
  for (const [name, value] of Object.entries(timeouts)) requirePositive(`timeouts.${name}`, value as number);
  const minBodyRate = options.minBodyRate ?? 500;
  requireRange("minBodyRate", minBodyRate, 0, Infinity);
  return {
    limits: messageLimits(options.limits),
    timeouts,
    minBodyRate,
    errorResponse: options.errorResponse ?? ((error) => errorResponse(error)),
    observer: options.observer ?? {},
    clock,
    sweeper: options.sweeper ?? new Sweeper({ clock }),
    dateField: createDateField(clock),
  };
}
