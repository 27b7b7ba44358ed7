import { fieldValueTable } from "../http/characters.js";
import { Fields } from "../http/fields.js";
import { isPersistent } from "./connection-options.js";
import { bareCr, parseFieldLines } from "./field-lines.js";
import { type Framing, responseFraming } from "./framing.js";
import type { MessageLimits } from "./limits.js";
import { describeByte, ProtocolError } from "./protocol-error.js";

/** A response's head, parsed and judged. */
export interface ResponseHead {
  readonly status: number;
  readonly reason: string;
  readonly minorVersion: number;
  readonly fields: Fields;
  readonly framing: Framing;
  /** Whether the server keeps the connection for another request. */
  readonly persistent: boolean;
  /** Bytes of the head, the final empty line included. */
  readonly end: number;
}

const cr = 0x0d;
const lf = 0x0a;
const space = 0x20;

/**
 * Parses the response head that `text` begins with; `method` is that of the request it answers.
 *
 * @returns the head; undefined when `text` ends before it does
 * @throws ProtocolError when it breaks a rule of RFC 9112 or a limit
 */
export function parseResponseHead(
  text: string,
  limits: MessageLimits,
  method: string,
): ResponseHead | undefined {
  const line = parseStatusLine(text, limits.fieldLineBytes);
  if (!line) return stillShort(text, limits);
  const fields = new Fields();
  const { fieldLineBytes, fieldCount } = limits;
  // RFC 9112 §5.1: a proxy removes such blanks from a response; only in a request they are refused.
  const end = parseFieldLines(text, line.end, fields, { fieldLineBytes, fieldCount, blanksAfterNames: true });
  if (end < 0) return stillShort(text, limits);

  const { status, minorVersion } = line;
  const framing = responseFraming(fields, minorVersion, status, method);
  return {
    status,
    reason: line.reason,
    minorVersion,
    fields,
    framing,
    persistent: framing !== "close" && isPersistent(fields, minorVersion),
    end,
  };
}

/** How long the server says it keeps an idle connection (`Keep-Alive: timeout=5`), in milliseconds. */
export function keepAliveHintMs(hint: string): number | undefined {
  const match = /(?:^|[\s,])timeout=([0-9]{1,6})(?:$|[\s,])/i.exec(hint);
  return match ? Number(match[1]) * 1_000 : undefined;
}

interface StatusLine {
  readonly status: number;
  readonly reason: string;
  readonly minorVersion: number;
  readonly end: number;
}

/** Parses `HTTP/1.1 200 OK`; the blank before an absent reason may be absent too, as many servers send it. */
function parseStatusLine(text: string, maxBytes: number): StatusLine | undefined {
  requirePrefix(text);
  if (text.length < 13) return undefined;
  const status = threeDigits(text, 9);
  const after = text.charCodeAt(12);
  if (after !== space && after !== cr) throw badStatusLine(text, 12);

  let at = after === space ? 13 : 12;
  const reasonStart = at;
  while (at < text.length && fieldValueTable[text.charCodeAt(at)] === 1) at++;
  if (at > maxBytes)
    throw new ProtocolError("field-limit", 431, `a status line of more than ${maxBytes} bytes`);
  if (at === text.length) return undefined;
  if (text.charCodeAt(at) !== cr) throw badStatusLine(text, at);
  if (at + 1 === text.length) return undefined;
  if (text.charCodeAt(at + 1) !== lf) throw bareCr(text, at);
  return {
    status,
    reason: text.slice(reasonStart, at),
    minorVersion: text.charCodeAt(7) === 0x30 ? 0 : 1,
    end: at + 2,
  };
}

function requirePrefix(text: string): void {
  if (text.startsWith("HTTP/1.1 ")) return;
  const shape = "HTTP/1.d ";
  for (let at = 0; at < shape.length && at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (shape[at] === "d" ? code < 0x30 || code > 0x39 : code !== shape.charCodeAt(at))
      throw badStatusLine(text, at);
  }
}

function threeDigits(text: string, start: number): number {
  let value = 0;
  for (let at = start; at < start + 3; at++) {
    const digit = text.charCodeAt(at) - 0x30;
    if (!(digit >= 0 && digit <= 9)) throw badStatusLine(text, at);
    value = value * 10 + digit;
  }
  if (value < 100) throw new ProtocolError("status-line", 400, `status ${value} is below 100`);
  return value;
}

function badStatusLine(text: string, at: number): ProtocolError {
  if (text.charCodeAt(at) === lf)
    return new ProtocolError("bare-lf", 400, `a line feed without a carriage return, at byte ${at}`);
  return new ProtocolError("status-line", 400, `${describeByte(text, at)} in the status line`);
}

function stillShort(text: string, limits: MessageLimits): undefined {
  if (text.length < limits.headBytes) return undefined;
  throw new ProtocolError("head-limit", 431, `a head of more than ${limits.headBytes} bytes`);
}
