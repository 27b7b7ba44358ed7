import { isIP } from "node:net";
import { invalidOption } from "../../base/options.js";
import { basicAuthorization } from "../../channel/proxy/credentials.js";
import { domainName } from "../../channel/resolve/lookup-options.js";
import type { ProxyConfig } from "../config/services-config.js";
import { splitHostAndPort } from "../config/services-schema.js";

/**
 * Does nothing where a way to the node at `url` can be opened. To open one to find that out would make a lot that
 * nobody may need.
 *
 * @throws MillraceError `invalid-options` when the name of its host, or the proxy, cannot be used
 */
export function requireWay(url: URL, proxy: ProxyConfig): void {
  if (proxy.type === "direct") {
    requireHost(url.hostname);
    return;
  }
  const place = splitHostAndPort(proxy.hostAndPort);
  if (!place) {
    throw invalidOption("proxy.host-and-port", 'one such as "proxy.example.com:3128"', proxy.hostAndPort);
  }
  requireHost(place.host);
  if (proxy.credentials) basicAuthorization(proxy.credentials);
}

function requireHost(host: string): void {
  if (!isIP(host.replace(/^\[|\]$/g, ""))) domainName("resolver.host", host);
}
