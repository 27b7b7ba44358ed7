import { isIP } from "node:net";
import { type ConnectionOptions, connect as connectSocket, type SecureContext } from "node:tls";
import { systemClock } from "../../base/clock.js";
import { requirePositive, requireWhole } from "../../base/options.js";
import { SocketStream } from "../../wire/stream/socket-stream.js";
import { settleConnect } from "./attempt.js";
import type { Connector } from "./connector.js";
import type { TcpOptions } from "./tcp.js";

/** Where to connect, and whom to believe there. */
export interface TlsOptions extends TcpOptions {
  /**
   * Name that the server's certificate must be for, and that is sent as SNI.
   * @defaultValue the host
   */
  readonly serverName?: string | undefined;
  /**
   * Authorities to trust, in PEM.
   * @defaultValue those Node trusts
   */
  readonly ca?: string | readonly string[] | undefined;
  /**
   * A ready context, with client certificate and key for instance; then `ca` is not used.
   * @defaultValue one made of `ca`
   */
  readonly secureContext?: SecureContext | undefined;
}

/**
 * Makes a connector of TLS over TCP that speaks HTTP/1.1 (ALPN). The certificate is always verified.
 *
 * @throws MillraceError `invalid-options` when an option is out of its range
 */
export function createTlsConnector(options: TlsOptions): Connector {
  const { host, port, timeoutMs = 30_000, clock = systemClock } = options;
  requireWhole("tls.port", port, 1, 65_535);
  requirePositive("tls.timeoutMs", timeoutMs);
  const target = host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
  const settings = connectionOptions(options);
  return {
    target,
    encrypted: true,
    async connect(signal) {
      const socket = connectSocket(settings);
      socket.setNoDelay(true);
      socket.allowHalfOpen = true;
      await settleConnect(socket, "secureConnect", { target, timeoutMs, clock, signal });
      return SocketStream.wrap(socket, true);
    },
  };
}

function connectionOptions({
  host,
  port,
  serverName = host,
  ca,
  secureContext,
}: TlsOptions): ConnectionOptions {
  const settings: ConnectionOptions = { host, port, ALPNProtocols: ["http/1.1"] };
  // An address is no name to ask for (RFC 6066 §3), but the certificate must still be for it.
  if (!isIP(serverName)) settings.servername = serverName;
  if (secureContext) settings.secureContext = secureContext;
  else if (ca !== undefined) settings.ca = typeof ca === "string" ? ca : [...ca];
  return settings;
}
