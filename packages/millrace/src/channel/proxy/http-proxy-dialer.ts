import { connect as connectSocket, type Socket } from "node:net";
import type { ConnectionOptions } from "node:tls";
import { type Clock, systemClock } from "../../base/clock.js";
import { MillraceError } from "../../base/errors.js";
import { invalidOption, requirePositive } from "../../base/options.js";
import { Fields } from "../../wire/http/fields.js";
import { SocketStream } from "../../wire/stream/socket-stream.js";
import { type AttemptBounds, settleConnect } from "../connect/attempt.js";
import type { Connector } from "../connect/connector.js";
import type { Dialer } from "../connect/dialer.js";
import { placeOf } from "../connect/plain.js";
import { secure } from "../connect/secure.js";
import { requireOrigin } from "../require-origin.js";
import { type Address, addressKey } from "../resolve/address.js";
import { type ClientTls, type ClientTlsOptions, clientTls } from "../tls/client-tls.js";
import { basicAuthorization, type ProxyCredentials } from "./credentials.js";
import { requestTunnel, type TunnelRequest } from "./request-tunnel.js";

/** Where an HTTP proxy is to connect to, and how to ask it. */
export interface HttpProxyDialerOptions {
  /** What the proxy connects to: an `https` origin, for TLS through the tunnel, or an `http` one; without a path. */
  readonly target: string | URL;
  /** @defaultValue none */
  readonly credentials?: ProxyCredentials | undefined;
  /** More field lines of the request to the proxy. */
  readonly fields?: Iterable<readonly [name: string, value: string]> | undefined;
  /**
   * TLS with the target, when that is an `https` URL.
   * @defaultValue the host of the target must answer
   */
  readonly tls?: ClientTlsOptions | undefined;
  /**
   * TLS with the proxy itself. Say who must answer with its `identity`: only addresses are dialed.
   * @defaultValue false
   */
  readonly proxyTls?: ClientTlsOptions | boolean | undefined;
  /**
   * Longest wait for a connection, the proxy's answer and TLS included, in milliseconds.
   * @defaultValue 30_000
   */
  readonly timeoutMs?: number | undefined;
  /** @defaultValue {@link systemClock} */
  readonly clock?: Clock | undefined;
}

/**
 * Makes a dialer of tunnels through an HTTP proxy (`CONNECT`). The addresses it is given are the
 * proxy's; all tunnels lead to the one target, whose name the proxy resolves.
 *
 * Connecting fails with `connect-failed` when the proxy refuses, and names the status.
 *
 * @throws MillraceError `invalid-options` when an option is out of its range
 */
export function createHttpProxyDialer(options: HttpProxyDialerOptions): Dialer {
  const { timeoutMs = 30_000, clock = systemClock, proxyTls = false } = options;
  requirePositive("httpProxy.timeoutMs", timeoutMs);
  const target = targetOf(options.target);
  const encrypted = target.protocol === "https:";
  const host = target.hostname.replace(/^\[|\]$/g, "");
  const settings: TunnelSettings = {
    host,
    authority: target.port === "" ? `${target.hostname}:${encrypted ? 443 : 80}` : target.host,
    fieldLines: fieldLines(options),
    authorized: options.credentials !== undefined,
    tls: encrypted ? clientTls({ identity: host, ...options.tls }) : undefined,
    proxyTls: proxyTls === false ? undefined : clientTls(proxyTls === true ? {} : proxyTls),
    timeoutMs,
    clock,
  };
  return (address) => tunnelConnector(address, settings);
}

interface TunnelSettings {
  readonly host: string;
  readonly authority: string;
  readonly fieldLines: string;
  readonly authorized: boolean;
  readonly tls: ClientTls | undefined;
  readonly proxyTls: ClientTls | undefined;
  readonly timeoutMs: number;
  readonly clock: Clock;
}

function tunnelConnector(address: Address, settings: TunnelSettings): Connector {
  const { tls, authority } = settings;
  const proxy = addressKey(address);
  const target = `${authority} through ${proxy}`;
  return {
    target,
    encrypted: tls !== undefined,
    connect: (signal) =>
      within({ ...settings, target, signal }, async (bounds) => {
        const socket = await reachProxy(address, settings, { ...bounds, target: proxy });
        const request: TunnelRequest = { ...settings, proxy };
        await requestTunnel(socket, request, bounds.signal);
        if (!tls) return SocketStream.wrap(socket, false);
        // TLS hears of what becomes of the socket below by its end; its errors are of no interest.
        socket.on("error", () => {});
        try {
          return SocketStream.wrap(
            await secure({ over: { socket }, host: settings.host, tls }, bounds),
            true,
          );
        } catch (error) {
          socket.destroy();
          throw error;
        }
      }),
  };
}

async function reachProxy(
  address: Address,
  { proxyTls }: TunnelSettings,
  bounds: AttemptBounds,
): Promise<Socket> {
  if (!proxyTls) {
    const socket = connectSocket(placeOf(address));
    await settleConnect(socket, "connect", bounds);
    return socket;
  }
  const over = placeOf(address) as ConnectionOptions;
  const host = address.kind === "tcp" ? address.host : undefined;
  return await secure({ over, host, tls: proxyTls }, bounds);
}

/** Gives all steps of an attempt one limit of time. */
async function within<T>(
  { target, timeoutMs, clock, signal }: AttemptBounds,
  attempt: (bounds: AttemptBounds & { readonly signal: AbortSignal }) => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  const all = new AbortController();
  const onAbort = () => all.abort(signal!.reason);
  signal?.addEventListener("abort", onAbort, { once: true });
  const timer = clock.schedule(timeoutMs, () => all.abort(timedOut(target, timeoutMs)));
  try {
    return await attempt({ target, timeoutMs: Infinity, clock, signal: all.signal });
  } finally {
    timer[Symbol.dispose]();
    signal?.removeEventListener("abort", onAbort);
  }
}

function timedOut(target: string, timeoutMs: number): MillraceError {
  return new MillraceError(`no connection to ${target} within ${timeoutMs} ms`, {
    code: "timeout",
    phase: "connect",
    unsent: true,
  });
}

function targetOf(target: string | URL): URL {
  const url = URL.canParse(String(target)) ? new URL(target) : undefined;
  if (url?.protocol !== "http:" && url?.protocol !== "https:") {
    throw invalidOption("httpProxy.target", "an http or https URL", target);
  }
  requireOrigin("httpProxy.target", url);
  return url;
}

function fieldLines({ credentials, fields = [] }: HttpProxyDialerOptions): string {
  const lines = Fields.from(fields);
  if (credentials) lines.set("Proxy-Authorization", basicAuthorization(credentials));
  return [...lines].map(([name, value]) => `${name}: ${value}\r\n`).join("");
}
