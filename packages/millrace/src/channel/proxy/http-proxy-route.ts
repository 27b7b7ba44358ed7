import type { Dialer } from "../connect/dialer.js";
import type { LookupOptions } from "../resolve/lookup-options.js";
import type { Resolver } from "../resolve/resolver.js";
import { resolverFor } from "../resolve/resolver-for.js";
import { credentialsOf } from "./credentials.js";
import { createHttpProxyDialer, type HttpProxyDialerOptions } from "./http-proxy-dialer.js";
import { parseProxy } from "./proxy-for.js";

/** How to make tunnels, and how to look the proxy up. */
export interface HttpProxyRouteOptions extends Omit<HttpProxyDialerOptions, "target"> {
  /** How the name of the proxy is looked up. */
  readonly lookup?: LookupOptions | undefined;
}

/** What leads a channel through a proxy: hand both to its options. */
export interface HttpProxyRoute {
  /** Finds the addresses of the proxy. */
  readonly resolver: Resolver;
  /** Makes tunnels to the target. */
  readonly dialer: Dialer;
}

/**
 * Makes the way to `target` through the HTTP proxy at `proxy`, an `http` or `https` URL, whose credentials are
 * used unless the options have others.
 *
 * @throws MillraceError `invalid-options` when an option is out of its range
 */
export function createHttpProxyRoute(
  target: string | URL,
  proxy: string | URL,
  options: HttpProxyRouteOptions = {},
): HttpProxyRoute {
  const { lookup = {}, ...rest } = options;
  const url = parseProxy(String(proxy));
  const encrypted = url.protocol === "https:";
  const identity = url.hostname.replace(/^\[|\]$/g, "");
  const proxyTls = typeof rest.proxyTls === "object" ? { identity, ...rest.proxyTls } : { identity };
  return {
    resolver: resolverFor(url, { clock: rest.clock, ...lookup }),
    dialer: createHttpProxyDialer({
      ...rest,
      target,
      credentials: rest.credentials ?? credentialsOf(url),
      proxyTls: (rest.proxyTls ?? encrypted) && proxyTls,
    }),
  };
}
