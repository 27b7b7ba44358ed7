import { invalidOption } from "../../base/options.js";
import { isFieldValue, isToken, targetTable, trimBlanks } from "../http/characters.js";
import { FieldId } from "../http/field-id.js";
import type { Fields } from "../http/fields.js";
import type { HttpRequest } from "../http/message.js";
import { reasonOf } from "../http/status.js";

/**
 * Fields that belong to one connection, which an engine writes by its own knowledge and never takes
 * from a message: how it is framed, and what becomes of the connection.
 */
const connectionFields =
  (1 << FieldId.connection) |
  (1 << FieldId.contentLength) |
  (1 << FieldId.transferEncoding) |
  (1 << FieldId.keepAlive) |
  (1 << FieldId.proxyConnection) |
  (1 << FieldId.upgrade);

const requestSkips = connectionFields | (1 << FieldId.host);

/** How a sender marks the end of content; `none` for a message that has none and says nothing of it. */
export type SentFraming = number | "chunked" | "close" | "none";

/**
 * Writes a request head (RFC 9112 §3), always as HTTP/1.1 and in origin form.
 *
 * @throws MillraceError `invalid-options` when method, target or upgrade hold what would break a line
 */
export function requestHead(request: HttpRequest, framing: SentFraming): string {
  const { method, target, fields } = request;
  if (!isToken(method)) throw invalidOption("request.method", "a token", JSON.stringify(method));
  const path = target.form === "authority" ? target.authority : target.path;
  if (!isTarget(path)) throw invalidOption("request.target", "visible ASCII without #", JSON.stringify(path));
  const { authority } = target;
  if (authority !== "" && !isTarget(authority)) {
    throw invalidOption("request.target.authority", "a host with optional port", JSON.stringify(authority));
  }
  const { upgrade } = request;
  if (upgrade !== undefined && (upgrade === "" || !isFieldValue(upgrade))) {
    throw invalidOption("request.upgrade", "visible latin1 text", JSON.stringify(upgrade));
  }

  let text = `${method} ${path} HTTP/1.1\r\nHost: ${authority}\r\n`;
  text = appendFields(text, fields, requestSkips);
  if (typeof framing === "number") text += `Content-Length: ${framing}\r\n`;
  else if (framing === "chunked") text += "Transfer-Encoding: chunked\r\n";
  if (upgrade !== undefined) text += `Connection: upgrade\r\nUpgrade: ${upgrade}\r\n`;
  else if (fields.hasId(FieldId.te)) text += "Connection: TE\r\n";
  return `${text}\r\n`;
}

/** What becomes of the connection after a response, as its head says. */
export type ConnectionNote = "" | "close" | "keep-alive" | "upgrade";

/**
 * Writes a response head (RFC 9112 §4), always as HTTP/1.1.
 *
 * @throws MillraceError `invalid-options` when the status or reason cannot be written
 */
export function responseHead(
  response: { readonly status: number; readonly reason: string; readonly fields: Fields },
  framing: SentFraming,
  note: ConnectionNote,
  date: string | undefined,
): string {
  const { fields } = response;
  let text = appendFields(statusLine(response.status, response.reason), fields, connectionFields);
  if (date !== undefined && !fields.hasId(FieldId.date)) text += `Date: ${date}\r\n`;
  if (typeof framing === "number") text += `Content-Length: ${framing}\r\n`;
  else if (framing === "chunked") text += "Transfer-Encoding: chunked\r\n";
  if (note === "upgrade")
    text += `Connection: upgrade\r\nUpgrade: ${fields.getId(FieldId.upgrade) ?? ""}\r\n`;
  else if (note !== "") text += `Connection: ${note}\r\n`;
  return `${text}\r\n`;
}

/** Writes trailer fields after the last chunk, with the empty line that ends the message. */
export function trailerSection(trailers: Fields | undefined): string {
  return `0\r\n${trailers ? appendFields("", trailers, connectionFields) : ""}\r\n`;
}

function appendFields(text: string, fields: Fields, skips: number): string {
  for (let at = 0; at < fields.size; at++) {
    if ((skips & (1 << fields.idAt(at))) !== 0) continue;
    text += `${fields.nameAt(at)}: ${fields.valueAt(at)}\r\n`;
  }
  return text;
}

const statusLines: (string | undefined)[] = [];

function statusLine(status: number, reason: string): string {
  const known = statusLines[status];
  if (known !== undefined && known.length === 15 + reason.length && known.startsWith(reason, 13))
    return known;
  if (!Number.isInteger(status) || status < 100 || status > 999) {
    throw invalidOption("response.status", "a whole number from 100 to 999", status);
  }
  if (!isFieldValue(trimBlanks(reason)))
    throw invalidOption("response.reason", "visible latin1 text", JSON.stringify(reason));
  const line = `HTTP/1.1 ${status} ${reason}\r\n`;
  if (reason === reasonOf(status)) statusLines[status] = line;
  return line;
}

function isTarget(path: string): boolean {
  for (let at = 0; at < path.length; at++) {
    if (targetTable[path.charCodeAt(at)] !== 1) return false;
  }
  return path.length > 0;
}
