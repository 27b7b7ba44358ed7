import { fieldValueTable, tokenTable } from "../http/characters.js";
import { fieldId } from "../http/field-id.js";
import type { Fields } from "../http/fields.js";
import { describeByte, ProtocolError } from "./protocol-error.js";

/** The limits that a section of field lines is held to. */
export interface FieldLineLimits {
  readonly fieldLineBytes: number;
  readonly fieldCount: number;
  /** Whether blanks between a name and its colon are dropped, as a response asks for, instead of refused. */
  readonly blanksAfterNames?: boolean;
}

const cr = 0x0d;
const lf = 0x0a;
const colon = 0x3a;
const space = 0x20;
const tab = 0x09;

/**
 * Parses field lines (RFC 9112 §5) up to and with the empty line that ends them, into `fields`.
 *
 * Strict: a line ends in CRLF only, a name touches its colon (but see {@link FieldLineLimits}), no folding
 * (§5.2), no control characters.
 *
 * @returns where the next byte after the empty line is; -1 when `text` ends before
 * @throws ProtocolError at the first byte that cannot be right
 */
export function parseFieldLines(
  text: string,
  start: number,
  fields: Fields,
  limits: FieldLineLimits,
): number {
  const end = text.length;
  let at = start;
  while (at < end) {
    const lineStart = at;
    let code = text.charCodeAt(at);
    if (code === cr) {
      if (at + 1 === end) return -1;
      if (text.charCodeAt(at + 1) !== lf) throw bareCr(text, at);
      return at + 2;
    }

    while (tokenTable[code] === 1 && ++at < end) code = text.charCodeAt(at);
    if (at === end) return incompleteLine(lineStart, end, limits);
    const nameEnd = at;
    if (code !== colon && limits.blanksAfterNames === true && at > lineStart) {
      while (at < end && isBlank((code = text.charCodeAt(at)))) at++;
      if (at === end) return incompleteLine(lineStart, end, limits);
    }
    if (code !== colon || nameEnd === lineStart) throw badName(text, lineStart, at, limits);
    at++;

    while (at < end && ((code = text.charCodeAt(at)) === space || code === tab)) at++;
    const valueStart = at;
    while (at < end && fieldValueTable[(code = text.charCodeAt(at))] === 1) at++;
    if (at + 1 >= end) {
      if (at < end && code !== cr) throw badValue(text, lineStart, at, limits);
      return incompleteLine(lineStart, end, limits);
    }
    if (code !== cr) throw badValue(text, lineStart, at, limits);
    if (text.charCodeAt(at + 1) !== lf) throw bareCr(text, at);

    let valueEnd = at;
    while (valueEnd > valueStart && ((code = text.charCodeAt(valueEnd - 1)) === space || code === tab))
      valueEnd--;
    at += 2;
    if (at - 2 - lineStart > limits.fieldLineBytes) throw lineTooLong(limits);
    if (fields.size === limits.fieldCount) {
      throw new ProtocolError("field-limit", 431, `more than ${limits.fieldCount} field lines`);
    }
    const name = text.slice(lineStart, nameEnd);
    fields.push(fieldId(name), name, text.slice(valueStart, valueEnd));
  }
  return -1;
}

function isBlank(code: number): boolean {
  return code === space || code === tab;
}

function incompleteLine(lineStart: number, end: number, limits: FieldLineLimits): number {
  // One byte of grace: the last one may be the CR that ends the line.
  if (end - lineStart > limits.fieldLineBytes + 1) throw lineTooLong(limits);
  return -1;
}

function lineTooLong(limits: FieldLineLimits): ProtocolError {
  return new ProtocolError("field-limit", 431, `a field line of more than ${limits.fieldLineBytes} bytes`);
}

function badName(text: string, lineStart: number, at: number, limits: FieldLineLimits): ProtocolError {
  if (at - lineStart > limits.fieldLineBytes + 1) return lineTooLong(limits);
  const code = text.charCodeAt(at);
  if (at === lineStart && (code === space || code === tab)) {
    return new ProtocolError("obs-fold", 400, "a line that begins with a blank: folding is obsolete");
  }
  if (code === lf) return bareLf(at);
  if (code === cr)
    return new ProtocolError("field-name", 400, `a field line without a colon, at byte ${lineStart}`);
  if (code === colon) return new ProtocolError("field-name", 400, `an empty field name, at byte ${at}`);
  return new ProtocolError("field-name", 400, `${describeByte(text, at)} in a field name`);
}

function badValue(text: string, lineStart: number, at: number, limits: FieldLineLimits): ProtocolError {
  // The same verdict as if the bytes had come one by one, when the limit would have been met first.
  if (at - lineStart > limits.fieldLineBytes + 1) return lineTooLong(limits);
  if (text.charCodeAt(at) === lf) return bareLf(at);
  return new ProtocolError("field-value", 400, `${describeByte(text, at)} in a field value`);
}

function bareLf(at: number): ProtocolError {
  return new ProtocolError("bare-lf", 400, `a line feed without a carriage return, at byte ${at}`);
}

/** The error of a carriage return that no line feed follows. */
export function bareCr(text: string, at: number): ProtocolError {
  return new ProtocolError("bare-cr", 400, `a carriage return followed by ${describeByte(text, at + 1)}`);
}
