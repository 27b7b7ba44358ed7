import { STATUS_CODES } from "node:http";

/** The registered reason phrase of a status; empty for an unregistered one. */
export function reasonOf(status: number): string {
  return STATUS_CODES[status] ?? "";
}

/** Whether a response of this status never has content (RFC 9110 §6.4.1). */
export function isBodiless(status: number): boolean {
  return status === 204 || status === 304 || (status >= 100 && status < 200);
}

/** Whether repeating a request of this method has the effect of making it once (RFC 9110 §9.2.2). */
export function isIdempotent(method: string): boolean {
  switch (method) {
    case "GET":
    case "HEAD":
    case "OPTIONS":
    case "TRACE":
    case "PUT":
    case "DELETE":
      return true;
    default:
      return false;
  }
}
