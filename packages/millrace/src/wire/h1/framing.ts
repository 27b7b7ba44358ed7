import { isToken, trimBlanks } from "../http/characters.js";
import { FieldId } from "../http/field-id.js";
import type { Fields } from "../http/fields.js";
import { isBodiless } from "../http/status.js";
import { ProtocolError } from "./protocol-error.js";

/** How the end of a message's content is found: its length, `chunked`, or the end of the connection. */
export type Framing = number | "chunked" | "close";

/** The most bytes a length may say. */
const longestLength = Number.MAX_SAFE_INTEGER;

/**
 * Finds how a request's content is framed (RFC 9112 §6), by the strictest reading.
 *
 * @throws ProtocolError 400 for anything two parsers could read differently; 501 for an unknown coding
 */
export function requestFraming(fields: Fields, minorVersion: number): number | "chunked" {
  if (fields.hasId(FieldId.transferEncoding)) {
    if (fields.hasId(FieldId.contentLength)) throw bothLengths();
    if (minorVersion === 0)
      throw new ProtocolError("transfer-encoding", 400, "Transfer-Encoding in HTTP/1.0");
    requireChunkedAlone(fields);
    return "chunked";
  }
  if (!fields.hasId(FieldId.contentLength)) return 0;
  return contentLength(fields);
}

/**
 * Finds how a response's content is framed (RFC 9112 §6.3), by the strictest reading.
 *
 * @throws ProtocolError for anything two parsers could read differently
 */
export function responseFraming(
  fields: Fields,
  minorVersion: number,
  status: number,
  method: string,
): Framing {
  if (fields.hasId(FieldId.transferEncoding)) {
    if (fields.hasId(FieldId.contentLength)) throw bothLengths();
    if (minorVersion === 0)
      throw new ProtocolError("transfer-encoding", 400, "Transfer-Encoding in HTTP/1.0");
    requireChunkedAlone(fields);
    return method === "HEAD" || isBodiless(status) ? 0 : "chunked";
  }
  const length = fields.hasId(FieldId.contentLength) ? contentLength(fields) : "close";
  if (method === "HEAD" || isBodiless(status)) return 0;
  if (method === "CONNECT" && status < 300) return 0;
  return length;
}

/** Content-Length as one plain decimal number: no list, sign, blank or overflow. */
function contentLength(fields: Fields): number {
  let found = -1;
  for (let at = 0; at < fields.size; at++) {
    if (fields.idAt(at) !== FieldId.contentLength) continue;
    if (found >= 0) throw new ProtocolError("content-length", 400, "more than one Content-Length");
    found = decimal(fields.valueAt(at));
  }
  return found;
}

function decimal(text: string): number {
  let value = 0;
  for (let at = 0; at < text.length; at++) {
    const digit = text.charCodeAt(at) - 0x30;
    value = digit >= 0 && digit <= 9 ? value * 10 + digit : NaN;
  }
  if (text.length > 0 && value <= longestLength) return value;
  throw new ProtocolError("content-length", 400, `not a length: ${JSON.stringify(text.slice(0, 40))}`);
}

function requireChunkedAlone(fields: Fields): void {
  let found = false;
  for (let at = 0; at < fields.size; at++) {
    if (fields.idAt(at) !== FieldId.transferEncoding) continue;
    const value = fields.valueAt(at);
    if (found) throw new ProtocolError("transfer-encoding", 400, "more than one Transfer-Encoding");
    found = true;
    if (value.length === 7 && value.toLowerCase() === "chunked") continue;
    throw badCoding(value);
  }
}

/** Tells a well-formed list of other codings (501) from anything else (400). */
function badCoding(value: string): ProtocolError {
  const shown = JSON.stringify(value.slice(0, 60));
  const names = value.split(",").map((name) => trimBlanks(name).toLowerCase());
  const others = names.slice(0, -1);
  if (names.at(-1) === "chunked" && others.every((name) => isToken(name) && name !== "chunked")) {
    return new ProtocolError(
      "transfer-coding-unknown",
      501,
      `transfer coding ${shown} is not understood here`,
    );
  }
  return new ProtocolError(
    "transfer-encoding",
    400,
    `not a Transfer-Encoding that ends in one chunked: ${shown}`,
  );
}

function bothLengths(): ProtocolError {
  return new ProtocolError(
    "content-length-and-transfer-encoding",
    400,
    "both Content-Length and Transfer-Encoding",
  );
}
