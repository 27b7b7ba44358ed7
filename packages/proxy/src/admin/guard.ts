import type { IncomingHttpHeaders } from "node:http";
import { isIP } from "node:net";
import type { Address } from "../config/address.js";
import { AdminRefusal } from "./errors.js";

/**
 * Refuses requests that a web page made its visitor's browser send.
 *
 * A page can reach loopback: under a name of its own that it points there (DNS rebinding), or by a
 * plain cross-site request, whose answer it may not see but whose effect it may want.
 */
export function guardRequest({ host = "", origin }: IncomingHttpHeaders, listening: Address): void {
  if (origin !== undefined && !origin.endsWith(`://${host}`))
    throw refused("requests from other sites are refused");
  if (isLoopback(listening.host) && !isOwnName(host, listening)) {
    throw refused(
      `the admin API is not known as ${JSON.stringify(host.slice(0, 64))}; use an address or localhost`,
    );
  }
}

function isLoopback(host: string): boolean {
  return host === "::1" || host.startsWith("127.") || host === "localhost";
}

function isOwnName(authority: string, listening: Address): boolean {
  const name = authority
    .replace(/:\d+$/, "")
    .replace(/^\[|\]$/g, "")
    .toLowerCase();
  return isIP(name) !== 0 || name === "localhost" || name.endsWith(".localhost") || name === listening.host;
}

function refused(message: string): AdminRefusal {
  return new AdminRefusal({ status: 403, error: "forbidden", message });
}
