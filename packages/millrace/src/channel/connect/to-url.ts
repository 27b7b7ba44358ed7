import type { Clock } from "../../base/clock.js";
import { invalidOption } from "../../base/options.js";
import type { Connector } from "./connector.js";
import { createTcpConnector } from "./tcp.js";
import { createTlsConnector } from "./tls.js";

/** How long connecting to a URL may take, and whom to believe there. */
export interface UrlConnectorOptions {
  /**
   * Longest wait for a connection, TLS included, in milliseconds.
   * @defaultValue 30_000
   */
  readonly timeoutMs?: number | undefined;
  /**
   * Authorities to trust for `https`, in PEM.
   * @defaultValue those Node trusts
   */
  readonly ca?: string | readonly string[] | undefined;
  /** @defaultValue the system's clock */
  readonly clock?: Clock | undefined;
}

/**
 * Makes the connector for the host of an `http` or `https` URL. What else the URL says is for requests.
 *
 * @throws MillraceError `invalid-options` when the URL has another scheme, or an option is out of its range
 */
export function createUrlConnector(url: URL, options: UrlConnectorOptions = {}): Connector {
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const { ca, ...bounds } = options;
  if (url.protocol === "http:") return createTcpConnector({ host, port: portOf(url, 80), ...bounds });
  if (url.protocol === "https:") return createTlsConnector({ host, port: portOf(url, 443), ca, ...bounds });
  throw invalidOption("url", "an http or https URL", url.protocol);
}

function portOf(url: URL, ofScheme: number): number {
  return url.port === "" ? ofScheme : Number(url.port);
}
