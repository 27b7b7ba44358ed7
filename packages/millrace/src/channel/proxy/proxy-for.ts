import { BlockList, isIP, isIPv6 } from "node:net";
import { invalidOption } from "../../base/options.js";
import { requireNoPath } from "../require-origin.js";

/** Variables by name, as in `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

const defaultPorts: Readonly<Record<string, string>> = { "http:": "80", "https:": "443" };

/**
 * The HTTP proxy that the environment names for `url`; `undefined` to connect directly.
 *
 * `HTTPS_PROXY` is for https, `HTTP_PROXY` for http, `ALL_PROXY` for what is left, each also in lower case, which
 * counts first. `HTTP_PROXY` in upper case is ignored where a web server may have made it of a request (CGI).
 * What {@link isProxyExcluded} finds in `NO_PROXY`, and this very machine, is reached directly.
 *
 * @throws MillraceError `invalid-options` when `url` is none, or the proxy is no http or https URL, or
 * one with a path
 */
export function proxyFor(url: string | URL, environment: Environment = process.env): URL | undefined {
  if (!URL.canParse(String(url))) throw invalidOption("url", "a URL", url);
  const { protocol, hostname, port } = new URL(url);
  const host = hostname.replace(/^\[|\]$/g, "");
  const named = variable(environment, protocol === "https:" ? "https_proxy" : "http_proxy");
  const proxy = named ?? variable(environment, "all_proxy");
  if (proxy === undefined || isLoopback(host)) return undefined;
  const excluded = variable(environment, "no_proxy") ?? "";
  if (isProxyExcluded(excluded, host, port || defaultPorts[protocol] || "")) return undefined;
  return parseProxy(proxy);
}

/**
 * Whether a list like that of `NO_PROXY` has `host` in it. Its entries, apart by commas or blanks, are:
 * `*` for all; a domain, for itself and all below it, with or without `.` or `*.` before it; an IP address or a range
 * of them (`10.0.0.0/8`). An entry that ends in `:port` is for that port alone.
 */
export function isProxyExcluded(list: string, host: string, port: string): boolean {
  const name = host.toLowerCase().replace(/\.$/, "");
  return list
    .toLowerCase()
    .split(/[\s,]+/)
    .some((entry) => entry !== "" && excludes(entry, name, port));
}

function excludes(entry: string, host: string, port: string): boolean {
  if (entry === "*") return true;
  if (entry.includes("/")) return inRange(entry, host);
  if (isIP(entry)) return sameAddress(entry, host);
  const [, name = "", ofPort] = /^(.*?)(?::(\d+))?$/.exec(entry)!;
  if (ofPort !== undefined && ofPort !== port) return false;
  const plain = name.replace(/^\[|\]$/g, "");
  if (isIP(plain)) return sameAddress(plain, host);
  const domain = name.replace(/^\*?\./, "").replace(/\.$/, "");
  return domain !== "" && (host === domain || host.endsWith(`.${domain}`));
}

function sameAddress(entry: string, host: string): boolean {
  return inRange(`${entry}/${isIPv6(entry) ? 128 : 32}`, host);
}

function inRange(range: string, host: string): boolean {
  const [network = "", bits = ""] = range.split("/");
  const longest = isIPv6(network) ? 128 : 32;
  if (!isIP(host) || !isIP(network) || !/^\d+$/.test(bits) || Number(bits) > longest) return false;
  const ranges = new BlockList();
  ranges.addSubnet(network, Number(bits), isIPv6(network) ? "ipv6" : "ipv4");
  return ranges.check(host, isIPv6(host) ? "ipv6" : "ipv4");
}

function isLoopback(host: string): boolean {
  if (host === "localhost" || host.endsWith(".localhost")) return true;
  return inRange("127.0.0.0/8", host) || inRange("::1/128", host);
}

function variable(environment: Environment, name: string): string | undefined {
  const upper = name.toUpperCase();
  const forged = upper === "HTTP_PROXY" && environment["REQUEST_METHOD"] !== undefined;
  return environment[name] || (forged ? undefined : environment[upper]) || undefined;
}

/**
 * Reads where a proxy is; `http://` need not be written.
 *
 * @throws MillraceError `invalid-options` when it is no http or https URL, or one with a path
 */
export function parseProxy(text: string): URL {
  const full = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  const url = URL.canParse(full) ? new URL(full) : undefined;
  if (url?.protocol !== "http:" && url?.protocol !== "https:") {
    // What cannot be read may hold a password.
    throw invalidOption("proxy", "an http or https URL", url ? `one of ${url.protocol}` : "something else");
  }
  requireNoPath("proxy", url, "for it is connected to and nothing of it is fetched");
  return url;
}
