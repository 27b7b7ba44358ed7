import { invalidOption } from "../../base/options.js";
import type { Connector } from "../../channel/connect/connector.js";
import { createTcpConnector } from "../../channel/connect/tcp.js";
import { createTlsConnector } from "../../channel/connect/tls.js";
import { openConnectionPool } from "../../channel/pool/connection-pool.js";
import { createHttpProxyDialer } from "../../channel/proxy/http-proxy-dialer.js";
import { splitHostAndPort } from "../config/services-schema.js";
import type { Transport, TransportOptions } from "./transport.js";

/**
 * How long an unused connection is kept, in milliseconds: less than the minute that load balancers and
 * servers commonly keep one. Where a server says how long it does, that counts.
 */
const idleMs = 55_000;

/** Opens a pool of HTTP/1.1 connections to a node, made as calls need them and kept for the next. */
export function openTransport(options: TransportOptions): Transport {
  const { readTimeoutMs, writeTimeoutMs, clock, sweeper } = options;
  return openConnectionPool({
    connector: connectorOf(options),
    idleMs,
    timeouts: { headMs: readTimeoutMs, bodyIdleMs: readTimeoutMs, writeIdleMs: writeTimeoutMs },
    clock,
    sweeper,
  });
}

function connectorOf({ url, proxy, tls, connectTimeoutMs, clock }: TransportOptions): Connector {
  const bounds = { timeoutMs: connectTimeoutMs, clock };
  const node = placeOf(url);
  const encrypted = url.protocol === "https:";
  if (proxy.type === "direct") {
    return encrypted
      ? createTlsConnector({ ...node, ...tls, ...bounds })
      : createTcpConnector({ ...node, ...bounds });
  }
  const place = splitHostAndPort(proxy.hostAndPort);
  if (!place)
    throw invalidOption("proxy.host-and-port", 'one such as "proxy.example.com:3128"', proxy.hostAndPort);
  if (!encrypted) return createTcpConnector({ ...place, ...bounds });
  const { credentials } = proxy;
  return createHttpProxyDialer({ target: url, credentials, tls, ...bounds })({ kind: "tcp", ...place });
}

function placeOf(url: URL): { readonly host: string; readonly port: number } {
  const ofScheme = url.protocol === "https:" ? 443 : 80;
  return { host: url.hostname.replace(/^\[|\]$/g, ""), port: url.port === "" ? ofScheme : Number(url.port) };
}
