import { targetTable, tokenTable } from "../http/characters.js";
import { bareCr } from "./field-lines.js";
import { describeByte, ProtocolError } from "./protocol-error.js";

/** A request line (RFC 9112 §3), split but not yet understood. */
export interface RequestLine {
  readonly method: string;
  readonly target: string;
  readonly minorVersion: number;
  /** Where the line after it begins. */
  readonly end: number;
}

const cr = 0x0d;
const lf = 0x0a;
const space = 0x20;
const longestMethod = 64;

/**
 * Parses a request line.
 *
 * Strict: one space between the parts, CRLF at the end, a token for the method, visible ASCII without
 * `#` for the target. HTTP/1.2 and later count as 1.1 (RFC 9110 §2.5).
 *
 * @returns the line; undefined when `text` ends before it does
 * @throws ProtocolError 400, 414, 501 or 505
 */
export function parseRequestLine(text: string, start: number, maxBytes: number): RequestLine | undefined {
  const end = text.length;
  let at = start;
  while (at < end && tokenTable[text.charCodeAt(at)] === 1) {
    if (++at - start > longestMethod) {
      throw new ProtocolError("method", 501, `a method of more than ${longestMethod} characters`);
    }
  }
  if (at === end) return undefined;
  if (text.charCodeAt(at) !== space || at === start) throw badMethod(text, start, at);
  const methodEnd = at++;

  while (at < end && targetTable[text.charCodeAt(at)] === 1) at++;
  if (at - start > maxBytes) throw tooLong(maxBytes);
  if (at === end) return undefined;
  if (text.charCodeAt(at) !== space || at === methodEnd + 1) throw badTarget(text, at);
  const targetEnd = at++;

  const minorVersion = parseVersion(text, at);
  if (minorVersion < 0) return undefined;
  at += 8;
  if (at >= end) return undefined;
  if (text.charCodeAt(at) !== cr) throw afterVersion(text, at);
  if (at + 1 === end) return undefined;
  if (text.charCodeAt(at + 1) !== lf) throw bareCr(text, at);
  if (at - start > maxBytes) throw tooLong(maxBytes);
  return {
    method: text.slice(start, methodEnd),
    target: text.slice(methodEnd + 1, targetEnd),
    minorVersion,
    end: at + 2,
  };
}

/** Minor version of `HTTP/1.x` at `at`; -1 when `text` ends within it. */
function parseVersion(text: string, at: number): number {
  if (text.startsWith("HTTP/1.1", at)) return 1;
  const there = text.slice(at, at + 8);
  const shape = "HTTP/d.d";
  for (let index = 0; index < there.length; index++) {
    const wanted = shape[index];
    const found = there[index]!;
    if (wanted === "d" ? found < "0" || found > "9" : found !== wanted) {
      throw new ProtocolError("version", 400, `${describeByte(text, at + index)} where HTTP/1.1 should be`);
    }
  }
  if (there.length < 8) return -1;
  if (there[5] !== "1") throw otherMajor(there);
  return there[7] === "0" ? 0 : 1;
}

function otherMajor(version: string): ProtocolError {
  return new ProtocolError(
    "version",
    505,
    `major version ${version[5]!}: only HTTP/1.1 and HTTP/1.0 are spoken here`,
  );
}

function tooLong(maxBytes: number): ProtocolError {
  return new ProtocolError("request-line-limit", 414, `a request line of more than ${maxBytes} bytes`);
}

function badMethod(text: string, start: number, at: number): ProtocolError {
  if (at === start && text.charCodeAt(at) === cr)
    return new ProtocolError("method", 400, "too many empty lines");
  return lineEnd(text, at) ?? new ProtocolError("method", 400, `${describeByte(text, at)} in the method`);
}

function badTarget(text: string, at: number): ProtocolError {
  return (
    lineEnd(text, at) ?? new ProtocolError("target", 400, `${describeByte(text, at)} in the request target`)
  );
}

function afterVersion(text: string, at: number): ProtocolError {
  return (
    lineEnd(text, at) ?? new ProtocolError("version", 400, `${describeByte(text, at)} after the version`)
  );
}

function lineEnd(text: string, at: number): ProtocolError | undefined {
  const code = text.charCodeAt(at);
  if (code === lf)
    return new ProtocolError("bare-lf", 400, `a line feed without a carriage return, at byte ${at}`);
  if (code === cr)
    return new ProtocolError("target", 400, "a request line without a version: HTTP/0.9 is not spoken here");
  return undefined;
}
