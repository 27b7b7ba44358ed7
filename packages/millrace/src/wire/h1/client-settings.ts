import { type Clock, systemClock } from "../../base/clock.js";
import { requireGroup, requirePositive, withDefaults } from "../../base/options.js";
import { Sweeper } from "../../base/sweeper.js";
import { type MessageLimits, messageLimits } from "./limits.js";

/** Waits that a client connection puts an end to; all in milliseconds, `Infinity` for no end. */
export interface ClientTimeouts {
  /**
   * From the whole request sent to the response's head.
   * @defaultValue 30_000
   */
  readonly headMs: number;
  /**
   * Between two reads of a response's content that its reader waits for.
   * @defaultValue 30_000
   */
  readonly bodyIdleMs: number;
  /**
   * Between two writes of a request's content that the server takes.
   * @defaultValue 30_000
   */
  readonly writeIdleMs: number;
  /**
   * How long a request with `Expect: 100-continue` waits for a word before it sends its content anyway.
   * @defaultValue 1_000
   */
  readonly continueMs: number;
}

/** What servers may do on a connection, and how long they may take. */
export interface ClientConnectionOptions {
  /** How large messages may be. */
  readonly limits?: Partial<MessageLimits> | undefined;
  /** How long servers may take. */
  readonly timeouts?: Partial<ClientTimeouts> | undefined;
  /**
   * Whether a `POST`, `PUT` or `PATCH` without content says so by `Content-Length: 0` (RFC 9110 §8.6). Content
   * of no bytes always does.
   * @defaultValue true
   */
  readonly emptyLength?: boolean | undefined;
  /**
   * Whether a connection keeps the process alive while no call is on it.
   * @defaultValue true
   */
  readonly idleKeepsAlive?: boolean | undefined;
  /** @defaultValue {@link systemClock} */
  readonly clock?: Clock | undefined;
  /**
   * Watches the time limits of all connections that share it.
   * @defaultValue one of its own for each set of settings
   */
  readonly sweeper?: Sweeper | undefined;
}

/** Checked and complete {@link ClientConnectionOptions}, shared by all connections to one place. */
export interface ClientSettings {
  /** How large messages may be. */
  readonly limits: MessageLimits;
  /** How long servers may take. */
  readonly timeouts: ClientTimeouts;
  /** Whether methods that usually have content say it when there is none. */
  readonly emptyLength: boolean;
  /** Whether connections keep the process alive while no call is on them. */
  readonly idleKeepsAlive: boolean;
  /** Tells the time of calls. */
  readonly clock: Clock;
  /** Watches the time limits. */
  readonly sweeper: Sweeper;
}

const defaultTimeouts: ClientTimeouts = {
  headMs: 30_000,
  bodyIdleMs: 30_000,
  writeIdleMs: 30_000,
  continueMs: 1_000,
};

/**
 * Turns options into settings.
 *
 * @throws MillraceError `invalid-options` when an option is out of its range
 */
export function clientSettings(options: ClientConnectionOptions = {}): ClientSettings {
  const clock = options.clock ?? systemClock;
  requireGroup("timeouts", options.timeouts);
  const timeouts = withDefaults(defaultTimeouts, options.timeouts ?? {});
  for (const [name, value] of Object.entries(timeouts)) requirePositive(`timeouts.${name}`, value as number);
  return {
    limits: messageLimits(options.limits),
    timeouts,
    emptyLength: options.emptyLength ?? true,
    idleKeepsAlive: options.idleKeepsAlive ?? true,
    clock,
    sweeper: options.sweeper ?? new Sweeper({ clock }),
  };
}
