import { type Body, emptyBody } from "../http/body.js";
import { FieldId } from "../http/field-id.js";
import type { HttpRequest, HttpResponse } from "../http/message.js";
import { isBodiless } from "../http/status.js";
import { hasConnectionOption } from "./connection-options.js";
import type { SentFraming } from "./serialize.js";

/** How a response is going to be sent. */
export interface ResponsePlan {
  readonly framing: SentFraming;
  /** What is sent as content: nothing where the method or status allows none. */
  readonly body: Body;
  /** Whether the service asked for the connection to close. */
  readonly closes: boolean;
}

/** Decides how a response is framed (RFC 9112 §6.3) for the client that sent `request`. */
export function responsePlan(request: HttpRequest | undefined, response: HttpResponse): ResponsePlan {
  const { body, fields, status } = response;
  const closes = fields.hasId(FieldId.connection) && hasConnectionOption(fields, "close");
  if (request?.method === "HEAD" || isBodiless(status)) {
    if (body.kind === "stream") body.cancel();
    return { framing: impliedLength(request, response), body: emptyBody, closes };
  }
  if (status === 205) {
    if (body.kind === "stream") body.cancel();
    return { framing: 0, body: emptyBody, closes };
  }
  if (body.kind !== "stream") return { framing: body.length, body, closes };
  if (body.length !== undefined) return { framing: body.length, body, closes };
  return { framing: request?.minorVersion === 0 ? "close" : "chunked", body, closes };
}

/** The length that a response without content may still tell: what GET would have given. */
function impliedLength(request: HttpRequest | undefined, response: HttpResponse): SentFraming {
  const { body, fields, status } = response;
  if (status !== 304 && request?.method !== "HEAD") return "none";
  if (status === 204 || status < 200) return "none";
  const told = fields.getId(FieldId.contentLength);
  if (told !== undefined && /^[0-9]{1,15}$/.test(told)) return Number(told);
  return body.kind !== "empty" && body.length !== undefined ? body.length : "none";
}
