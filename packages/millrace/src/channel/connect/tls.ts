import { systemClock } from "../../base/clock.js";
import { invalidOption, requirePositive, requireText, requireWhole } from "../../base/options.js";
import type { Address } from "../resolve/address.js";
import { type ClientTlsOptions, clientTls } from "../tls/client-tls.js";
import type { Connector } from "./connector.js";
import { encryptedConnector } from "./encrypted.js";
import type { TcpOptions } from "./tcp.js";
import type { UnixOptions } from "./unix.js";

/** Where to connect, over TCP or a unix socket, and whom to believe there. */
export type TlsOptions = (TcpOptions | UnixOptions) & ClientTlsOptions;

/**
 * Makes a connector of TLS. The certificate is always verified. Sessions are resumed where the server
 * allows it.
 *
 * @throws MillraceError `invalid-options` when an option is out of its range
 */
export function createTlsConnector(options: TlsOptions): Connector {
  const { timeoutMs = 30_000, clock = systemClock } = options;
  requirePositive("tls.timeoutMs", timeoutMs);
  const tls = clientTls(options);
  const to = addressOf(options);
  if (to.kind === "unix" && tls.identity.needsDialed) {
    throw invalidOption("tls.identity", "who must answer on a unix socket", "none");
  }
  return encryptedConnector(to, tls, { timeoutMs, clock });
}

function addressOf(options: TcpOptions | UnixOptions): Address {
  if ("path" in options) {
    requireText("tls.path", "the path of a socket", options.path);
    return { kind: "unix", path: options.path };
  }
  requireText("tls.host", "a host", options.host);
  requireWhole("tls.port", options.port, 1, 65_535);
  return { kind: "tcp", host: options.host, port: options.port };
}
