import { invalidOption } from "../../base/options.js";
import type { Policy } from "../../service/service.js";
import type { HttpRequest, HttpResponse } from "../../wire/http/message.js";
import { createDialer, type Dialer } from "../connect/dialer.js";
import { requireOrigin } from "../require-origin.js";
import type { LookupOptions } from "../resolve/lookup-options.js";
import type { Resolver } from "../resolve/resolver.js";
import { resolverFor } from "../resolve/resolver-for.js";
import { absoluteForm } from "./absolute-form.js";
import { credentialsOf } from "./credentials.js";
import { createHttpProxyDialer, type HttpProxyDialerOptions } from "./http-proxy-dialer.js";
import { parseProxy } from "./proxy-for.js";

/** How to make tunnels, and how to look the proxy up. */
export interface HttpProxyRouteOptions extends Omit<HttpProxyDialerOptions, "target"> {
  /**
   * What the proxy is asked: to make a `tunnel` to the target (`CONNECT`), or to pass each request on, which then says
   * its whole URI (`absolute`). The latter is for `http` targets alone: the proxy sees and can change everything.
   * @defaultValue `tunnel`
   */
  readonly form?: "tunnel" | "absolute" | undefined;
  /** How the name of the proxy is looked up. */
  readonly lookup?: LookupOptions | undefined;
}

/** What leads a channel through a proxy: hand all of it to its options. */
export interface HttpProxyRoute {
  /** Finds the addresses of the proxy. */
  readonly resolver: Resolver;
  /** Makes tunnels to the target, or connections to the proxy. */
  readonly dialer: Dialer;
  /** Rewrites calls and checks for a proxy that passes them on; none for tunnels. */
  readonly memberLayer?: Policy<HttpRequest, HttpResponse>;
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
  const { lookup = {}, form = "tunnel", ...rest } = options;
  if (form !== "tunnel" && form !== "absolute")
    throw invalidOption("httpProxy.form", '"tunnel" or "absolute"', form);
  const url = parseProxy(String(proxy));
  const encrypted = url.protocol === "https:";
  const identity = url.hostname.replace(/^\[|\]$/g, "");
  const tlsWithProxy = typeof rest.proxyTls === "object" ? { identity, ...rest.proxyTls } : { identity };
  const proxyTls = (rest.proxyTls ?? encrypted) && tlsWithProxy;
  const credentials = rest.credentials ?? credentialsOf(url);
  const resolver = resolverFor(url, { clock: rest.clock, ...lookup });
  if (form === "tunnel") {
    return { resolver, dialer: createHttpProxyDialer({ ...rest, target, credentials, proxyTls }) };
  }
  const { timeoutMs, clock, fields } = rest;
  return {
    resolver,
    dialer: createDialer({ tls: proxyTls, timeoutMs, clock }),
    memberLayer: absoluteForm({ authority: plainHostOf(target), credentials, fields }),
  };
}

function plainHostOf(target: string | URL): string {
  const url = URL.canParse(String(target)) ? new URL(target) : undefined;
  if (url?.protocol !== "http:") {
    throw invalidOption("httpProxy.target", "an http URL, which alone a proxy passes on", target);
  }
  requireOrigin("httpProxy.target", url);
  return url.host;
}
