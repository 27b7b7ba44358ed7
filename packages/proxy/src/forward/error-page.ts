import { isMillraceError } from "millrace/base";
import {
  BytesBody,
  errorStatus,
  FieldId,
  Fields,
  type HttpRequest,
  type HttpResponse,
  reasonOf,
} from "millrace/wire";
import { failureReason } from "./failure.js";

/** What a client is told of each failure: enough to act on, nothing of the inside. */
const explanations = {
  "no-server": "no server is available",
  "connect-failed": "the server could not be reached",
  "connect-timeout": "the server took too long to accept a connection",
  "response-timeout": "the server took too long to answer",
  "request-timeout": "the request took too long",
  reset: "the server closed the connection before it had answered",
  "bad-response": "the server's answer could not be understood",
  "server-error": "the server failed",
  "client-gone": "the client left",
  "client-timeout": "the request came too slowly",
  "bad-request": "the request could not be understood",
  "too-large": "the request is too large",
  overloaded: "there is no room for the request now",
  internal: "the proxy failed",
} as const;

/** Seconds after which a client may find a server again. */
const retryAfterSeconds = 1;

/**
 * Makes the answer for a request that has none: a status that says who is to blame, and a short body in
 * JSON or text, as the client accepts.
 */
export function errorPage(error: unknown, request: HttpRequest | undefined): HttpResponse {
  const status = pageStatus(error);
  const reason = failureReason(error);
  const ofClient = reason === "bad-request" || reason === "too-large" || reason === "client-timeout";
  const message = ofClient && isMillraceError(error) ? error.message : explanations[reason];
  const fields = new Fields();
  if (status === 503) fields.push(FieldId.retryAfter, "Retry-After", String(retryAfterSeconds));
  if (prefersJson(request)) {
    fields.push(FieldId.contentType, "Content-Type", "application/json");
    const body = BytesBody.ofText(`${JSON.stringify({ error: reason, message, status })}\n`);
    return { status, reason: reasonOf(status), fields, body };
  }
  fields.push(FieldId.contentType, "Content-Type", "text/plain; charset=utf-8");
  const body = BytesBody.ofText(`${status} ${reasonOf(status)}: ${message}\n`);
  return { status, reason: reasonOf(status), fields, body };
}

function pageStatus(error: unknown): number {
  const status = errorStatus(error);
  // What a server sent wrongly is no fault of the client, whatever rule it broke.
  return failureReason(error) === "bad-response" ? 502 : status;
}

function prefersJson(request: HttpRequest | undefined): boolean {
  const accept = request?.fields.getId(FieldId.accept);
  if (accept === undefined) return false;
  return /\bapplication\/(?:[\w.-]+\+)?json\b/i.test(accept) && !/\btext\/html\b/i.test(accept);
}
