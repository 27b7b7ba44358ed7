import { invalidOption } from "../base/options.js";

/**
 * Requires that a URL says where a server is and nothing more, for it would be in no request. What may be a secret is
 * not repeated.
 *
 * @throws MillraceError `invalid-options` when there is a user, a path, a query or a fragment
 */
export function requireOrigin(path: string, url: URL): void {
  if (url.username !== "" || url.password !== "") {
    throw invalidOption(path, "a URL without a user, whom an Authorization field names", url.host);
  }
  requireNoPath(path, url, "since paths are those of requests");
}

/**
 * Requires that a URL has nothing behind its host and port.
 *
 * @throws MillraceError `invalid-options` with the `reason` why not
 */
export function requireNoPath(path: string, url: URL, reason: string): void {
  const { protocol, host, pathname, search, hash } = url;
  const surplus: string[] = [];
  if (pathname !== "" && pathname !== "/") surplus.push(`the path ${pathname}`);
  if (search !== "") surplus.push("a query");
  if (hash !== "") surplus.push("a fragment");
  if (surplus.length === 0) return;
  throw invalidOption(path, `${protocol}//${host} alone, ${reason}`, `${surplus.join(" and ")} behind it`);
}
