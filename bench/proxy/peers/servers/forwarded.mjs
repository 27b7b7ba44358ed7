import { randomUUID } from "node:crypto";

const hopByHop = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/**
 * Adds the headers that every peer adds, so that none is faster by leaving them out.
 *
 * @param {import("node:http").IncomingMessage} request
 * @param {import("node:http").IncomingHttpHeaders} headers changed in place
 */
export function addForwarded(request, headers) {
  const before = request.headers["x-forwarded-for"];
  const peer = request.socket.remoteAddress ?? "";
  headers["x-forwarded-for"] = before === undefined ? peer : `${before}, ${peer}`;
  headers["x-forwarded-proto"] = "http";
  headers["x-forwarded-host"] = request.headers.host ?? "";
  headers["x-request-id"] = randomUUID();
  headers["via"] = "1.1 node";
  return headers;
}

/** A copy without the headers that belong to one connection. */
export function endToEnd(/** @type {import("node:http").IncomingHttpHeaders} */ headers) {
  /** @type {import("node:http").IncomingHttpHeaders} */
  const copy = {};
  const nominated = headers.connection
    ?.toLowerCase()
    .split(",")
    .map((name) => name.trim());
  for (const name in headers) {
    if (!hopByHop.has(name) && !nominated?.includes(name)) copy[name] = headers[name];
  }
  return copy;
}
