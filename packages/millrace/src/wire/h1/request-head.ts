import { FieldId } from "../http/field-id.js";
import { Fields } from "../http/fields.js";
import type { RequestTarget } from "../http/message.js";
import { hasConnectionOption, isPersistent } from "./connection-options.js";
import { bareCr, parseFieldLines } from "./field-lines.js";
import { requestFraming } from "./framing.js";
import type { MessageLimits } from "./limits.js";
import { ProtocolError } from "./protocol-error.js";
import { parseRequestLine } from "./request-line.js";
import { parseTarget } from "./target.js";

/** A request's head, parsed and judged: what is here can be acted on and forwarded. */
export interface RequestHead {
  readonly method: string;
  readonly target: RequestTarget;
  readonly minorVersion: number;
  readonly fields: Fields;
  /** Length of the content in bytes, or how it ends. */
  readonly framing: number | "chunked";
  /** Whether the client keeps the connection for another request. */
  readonly persistent: boolean;
  /** Whether the client waits for 100 Continue before it sends content. */
  readonly expectsContinue: boolean;
  /** Protocols asked for by a valid upgrade request. */
  readonly upgrade: string | undefined;
  /** Bytes of the head, the final empty line included. */
  readonly end: number;
}

/**
 * Parses the request head that `text` begins with.
 *
 * @returns the head; undefined when `text` ends before it does
 * @throws ProtocolError with the status to answer, when it breaks a rule of RFC 9112 or a limit
 */
export function parseRequestHead(
  text: string,
  limits: MessageLimits,
  scheme: "http" | "https",
): RequestHead | undefined {
  const start = skipEmptyLines(text);
  const line = start < 0 ? undefined : parseRequestLine(text, start, limits.requestLineBytes);
  if (!line) return stillShort(text, limits);
  const fields = new Fields();
  const end = parseFieldLines(text, line.end, fields, limits);
  if (end < 0) return stillShort(text, limits);
  if (end > limits.headBytes) throw headTooLong(limits);

  const { method, minorVersion } = line;
  const host = theHost(fields, minorVersion);
  const framing = requestFraming(fields, minorVersion);
  if (framing !== "chunked" && framing > limits.bodyBytes) {
    throw new ProtocolError(
      "body-limit",
      413,
      `content of ${framing} bytes; the limit is ${limits.bodyBytes}`,
    );
  }
  return {
    method,
    target: parseTarget(method, line.target, host, scheme),
    minorVersion,
    fields,
    framing,
    persistent: isPersistent(fields, minorVersion),
    expectsContinue: fields.hasId(FieldId.expect) && expectsContinue(fields, minorVersion),
    upgrade: fields.hasId(FieldId.upgrade) ? upgradeAsked(fields, minorVersion) : undefined,
    end,
  };
}

/**
 * Empty lines before a request line are the mistake of an old client (RFC 9112 §2.2): two are forgiven.
 * Returns where the request line begins; -1 when `text` ends within an empty line.
 */
function skipEmptyLines(text: string): number {
  let at = 0;
  while (at < 4 && text.charCodeAt(at) === 0x0d) {
    if (at + 1 === text.length) return -1;
    if (text.charCodeAt(at + 1) !== 0x0a) throw bareCr(text, at);
    at += 2;
  }
  return at;
}

function theHost(fields: Fields, minorVersion: number): string | undefined {
  let host: string | undefined;
  if (fields.hasId(FieldId.host)) {
    for (let at = 0; at < fields.size; at++) {
      if (fields.idAt(at) !== FieldId.host) continue;
      if (host !== undefined) throw new ProtocolError("host", 400, "more than one Host");
      host = fields.valueAt(at);
    }
  }
  if (host === "") throw new ProtocolError("host", 400, "an empty Host");
  if (host === undefined && minorVersion > 0) throw new ProtocolError("host", 400, "no Host");
  return host;
}

function expectsContinue(fields: Fields, minorVersion: number): boolean {
  for (const value of fields.getAll("expect")) {
    if (value.toLowerCase() === "100-continue") continue;
    throw new ProtocolError(
      "expectation",
      417,
      `expectation ${JSON.stringify(value.slice(0, 40))} cannot be met`,
    );
  }
  return minorVersion > 0;
}

function upgradeAsked(fields: Fields, minorVersion: number): string | undefined {
  if (minorVersion === 0 || !hasConnectionOption(fields, "upgrade")) return undefined;
  return fields.getList("upgrade") || undefined;
}

function stillShort(text: string, limits: MessageLimits): undefined {
  if (text.length >= limits.headBytes) throw headTooLong(limits);
  return undefined;
}

function headTooLong(limits: MessageLimits): ProtocolError {
  return new ProtocolError("head-limit", 431, `a head of more than ${limits.headBytes} bytes`);
}
