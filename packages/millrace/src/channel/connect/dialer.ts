import { type Clock, systemClock } from "../../base/clock.js";
import { requireGroup, requirePositive } from "../../base/options.js";
import type { Address } from "../resolve/address.js";
import { type ClientTlsOptions, clientTls } from "../tls/client-tls.js";
import type { Connector } from "./connector.js";
import { encryptedConnector } from "./encrypted.js";
import { plainConnector } from "./plain.js";

/** Gives the connector of an address that a resolver has found. */
export type Dialer = (address: Address) => Connector;

/** How addresses are connected to. */
export interface DialerOptions {
  /**
   * Speaks TLS; `true` is the same as `{}`. Say who must answer with its `identity`: addresses are all that is
   * dialed, and few certificates are for those.
   * @defaultValue false
   */
  readonly tls?: ClientTlsOptions | boolean | undefined;
  /**
   * Longest wait for a connection, TLS included, in milliseconds.
   * @defaultValue 30_000
   */
  readonly timeoutMs?: number | undefined;
  /** @defaultValue {@link systemClock} */
  readonly clock?: Clock | undefined;
}

/**
 * Makes a dialer of TCP and unix sockets, with TLS over either where that is asked for. All its
 * connectors share one TLS context, and the sessions to resume.
 *
 * @throws MillraceError `invalid-options` when an option is out of its range
 */
export function createDialer(options: DialerOptions = {}): Dialer {
  const { tls = false, timeoutMs = 30_000, clock = systemClock } = options;
  requirePositive("dialer.timeoutMs", timeoutMs);
  const bounds = { timeoutMs, clock };
  if (typeof tls !== "boolean") requireGroup("dialer.tls", tls);
  if (tls === false) return (address) => plainConnector(address, bounds);
  const settings = clientTls(tls === true ? {} : tls);
  return (address) => encryptedConnector(address, settings, bounds);
}
