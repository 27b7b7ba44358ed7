const known = new Set(["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"]);

/**
 * The method of a request as a label: `_OTHER` for one that is not of the standards, since clients can invent others
 * without end (OpenTelemetry's conventions for HTTP, `http.request.method`).
 */
export function methodLabel(method: string): string {
  return known.has(method) ? method : "_OTHER";
}
