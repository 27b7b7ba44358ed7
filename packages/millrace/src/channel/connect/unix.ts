import { type Clock, systemClock } from "../../base/clock.js";
import { requirePositive, requireText } from "../../base/options.js";
import type { Connector } from "./connector.js";
import { plainConnector } from "./plain.js";

/** Which unix socket to connect to, and how long that may take. */
export interface UnixOptions {
  /** Path of the socket. */
  readonly path: string;
  /**
   * Longest wait for a connection, in milliseconds.
   * @defaultValue 30_000
   */
  readonly timeoutMs?: number | undefined;
  /** @defaultValue {@link systemClock} */
  readonly clock?: Clock | undefined;
}

/**
 * Makes a connector of a unix socket.
 *
 * @throws MillraceError `invalid-options` when an option is out of its range
 */
export function createUnixConnector(options: UnixOptions): Connector {
  const { path, timeoutMs = 30_000, clock = systemClock } = options;
  requireText("unix.path", "the path of a socket", path);
  requirePositive("unix.timeoutMs", timeoutMs);
  return plainConnector({ kind: "unix", path }, { timeoutMs, clock });
}
