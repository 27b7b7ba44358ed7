import type { Fields } from "../../wire/http/fields.js";

/** What `fetch` does about redirects. */
export type RedirectMode = "follow" | "error" | "manual";

/** Redirects that one call follows at most, as the Fetch standard has it. */
export const maxRedirects = 20;

/** Whether a response of this status may lead elsewhere. */
export function isRedirect(status: number): boolean {
  return status === 301 || status === 302 || status === 303 || status === 307 || status === 308;
}

/** Whether the next request is a GET without content (Fetch standard, HTTP-redirect fetch). */
export function becomesGet(status: number, method: string): boolean {
  if (status === 303) return method !== "GET" && method !== "HEAD";
  return (status === 301 || status === 302) && method === "POST";
}

/** Takes away the fields that spoke of the content. */
export function dropContentFields(fields: Fields): void {
  for (const name of ["Content-Encoding", "Content-Language", "Content-Location", "Content-Type"])
    fields.delete(name);
}

/** Takes away what was meant for the first origin only. */
export function dropCredentials(fields: Fields): void {
  for (const name of ["Authorization", "Proxy-Authorization", "Cookie", "Host"]) fields.delete(name);
}

/** Where a response leads, the fragment of `from` kept where it has none of its own; undefined when nowhere. */
export function locationOf(
  fields: Fields,
  from: { readonly href: string; readonly fragment: string },
): URL | undefined {
  const location = fields.get("location");
  if (location === undefined) return undefined;
  // Bytes beyond ASCII are UTF-8 by the standard, and latin1 characters here.
  const url = new URL(Buffer.from(location, "latin1").toString("utf8"), from.href);
  if (url.hash === "") url.hash = from.fragment;
  return url;
}
