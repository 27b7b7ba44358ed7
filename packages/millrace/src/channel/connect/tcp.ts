import { type Clock, systemClock } from "../../base/clock.js";
import { requirePositive, requireText, requireWhole } from "../../base/options.js";
import type { Connector } from "./connector.js";
import { plainConnector } from "./plain.js";

/** Where to connect, and how long that may take. */
export interface TcpOptions {
  /** Host name or IP address. A name's addresses are tried as RFC 8305 (happy eyeballs) says. */
  readonly host: string;
  /** Port, from 1 to 65535. */
  readonly port: number;
  /**
   * Longest wait for a connection, name look-up included, in milliseconds.
   * @defaultValue 30_000
   */
  readonly timeoutMs?: number | undefined;
  /** @defaultValue {@link systemClock} */
  readonly clock?: Clock | undefined;
}

/**
 * Makes a connector of plain TCP, without Nagle's delay.
 *
 * @throws MillraceError `invalid-options` when an option is out of its range
 */
export function createTcpConnector(options: TcpOptions): Connector {
  const { host, port, timeoutMs = 30_000, clock = systemClock } = options;
  requireText("tcp.host", "a host", host);
  requireWhole("tcp.port", port, 1, 65_535);
  requirePositive("tcp.timeoutMs", timeoutMs);
  return plainConnector({ kind: "tcp", host, port }, { timeoutMs, clock });
}
