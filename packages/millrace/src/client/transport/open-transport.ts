import type { Connector } from "../../channel/connect/connector.js";
import { createTcpConnector } from "../../channel/connect/tcp.js";
import { createTlsConnector } from "../../channel/connect/tls.js";
import { openConnectionPool } from "../../channel/pool/connection-pool.js";
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
  if (url.protocol === "https:") return createTlsConnector({ ...node, ...tls, ...bounds });
  const place = proxy.type === "http" ? splitHostAndPort(proxy.hostAndPort)! : node;
  return createTcpConnector({ ...place, ...bounds });
}

function placeOf(url: URL): { readonly host: string; readonly port: number } {
  const ofScheme = url.protocol === "https:" ? 443 : 80;
  return { host: url.hostname.replace(/^\[|\]$/g, ""), port: url.port === "" ? ofScheme : Number(url.port) };
}
