import { fileURLToPath } from "node:url";
import { invalidOption } from "../../base/options.js";
import { createDnsResolver } from "./dns.js";
import { createFileResolver } from "./file.js";
import type { LookupOptions } from "./lookup-options.js";
import type { Resolver } from "./resolver.js";
import { createSrvResolver } from "./srv.js";
import { createStaticResolver } from "./static.js";

const expected = "http(s)://host:port, unix:/path, srv:name or file:/path";

/** Ports that need not be written, by scheme. */
const defaultPorts: Readonly<Record<string, number>> = { "http:": 80, "https:": 443 };

/**
 * Makes the resolver that a target asks for:
 *
 * - `http://host:port`, `https://host:port`: the addresses of the host; the port is 80 or 443 when there is none.
 *   Other schemes (`tcp://host:port`) must name their port
 * - `unix:/run/x.sock`: a unix socket
 * - `srv:_http._tcp.example.com`: the SRV records of a service
 * - `file:/etc/backends`: the addresses in a file
 *
 * Whether connections are encrypted is the dialer's affair. Path, query and credentials of a URL say nothing here.
 *
 * @throws MillraceError `invalid-options` when the target cannot be read, or has no port and no scheme that
 * implies one
 */
export function resolverFor(target: string | URL, options: LookupOptions = {}): Resolver {
  const text = String(target);
  const [, scheme, rest] = /^([a-z][a-z0-9+.-]*:)(.*)$/i.exec(text) ?? [];
  if (scheme === undefined || rest === undefined) throw invalidOption("target", expected, text);
  switch (scheme.toLowerCase()) {
    case "unix:":
      return createStaticResolver([`unix:${socketPath(text, rest)}`]);
    case "srv:":
      return createSrvResolver({ ...options, name: rest });
    case "file:":
      return createFileResolver({ path: filePath(text, rest), clock: options.clock });
    default:
      return hostResolver(text, options);
  }
}

function hostResolver(text: string, options: LookupOptions): Resolver {
  if (!/^[^:]+:\/\/[^/]/.test(text) || !URL.canParse(text)) throw invalidOption("target", expected, text);
  const { protocol, hostname, port } = new URL(text);
  const chosen = port === "" ? defaultPorts[protocol] : Number(port);
  if (chosen === undefined) {
    throw invalidOption("target", "a port, which only http and https need not have", text);
  }
  return createDnsResolver({ ...options, host: hostname, port: chosen });
}

/** With `//`, the path begins behind a host, and there is none. */
function socketPath(text: string, rest: string): string {
  if (!rest.startsWith("//")) return rest;
  if (!rest.startsWith("///")) throw invalidOption("target", "unix:/path, for sockets have no host", text);
  return rest.slice(2);
}

function filePath(text: string, rest: string): string {
  if (!rest.startsWith("//")) return rest;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.host !== "" || url.search + url.hash !== "" || !/^\/(?!.*%2f)./i.test(url.pathname)) {
    throw invalidOption("target", "file:/path without host, query, fragment and %2f", text);
  }
  return fileURLToPath(url);
}
