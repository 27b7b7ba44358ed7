import { invalidOption } from "../../base/options.js";
import { basicAuthorization } from "../../channel/proxy/credentials.js";
import type { ProxyConfig } from "../config/services-config.js";
import { splitHostAndPort } from "../config/services-schema.js";

/**
 * Does nothing where a way through `proxy` can be opened. To open one to find that out would make a lot that nobody
 * may need.
 *
 * @throws MillraceError `invalid-options` when the address of the proxy, or who asks it, cannot be used
 */
export function requireProxy(proxy: ProxyConfig): void {
  if (proxy.type === "direct") return;
  if ((proxy.type as string | undefined) !== "http") {
    throw invalidOption(
      "proxy",
      'one of type "direct" or "http"',
      (proxy as Partial<ProxyConfig>).type ?? proxy,
    );
  }
  const { hostAndPort, credentials } = proxy;
  if (!splitHostAndPort(hostAndPort)) {
    throw invalidOption("proxy.host-and-port", 'one such as "proxy.example.com:3128"', hostAndPort);
  }
  if (credentials) basicAuthorization(credentials);
}
