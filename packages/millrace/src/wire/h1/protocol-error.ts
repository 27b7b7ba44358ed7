import { MillraceError } from "../../base/errors.js";

/** Which rule of the protocol, or which limit, a message breaks. Logged, counted, matched in tests. */
export type ProtocolRule =
  | "bare-lf"
  | "bare-cr"
  | "method"
  | "target"
  | "version"
  | "status-line"
  | "field-name"
  | "field-value"
  | "obs-fold"
  | "host"
  | "content-length"
  | "transfer-encoding"
  | "transfer-coding-unknown"
  | "content-length-and-transfer-encoding"
  | "chunk-size"
  | "chunk-extension"
  | "chunk-data"
  | "trailer"
  | "expectation"
  | "upgrade"
  | "request-line-limit"
  | "head-limit"
  | "field-limit"
  | "body-limit"
  | "chunk-extension-limit"
  | "trailer-limit"
  | "interim-limit"
  | "head-timeout"
  | "body-timeout"
  | "truncated"
  | "unsolicited";

/** A peer's message that cannot be understood, or must not be. The connection it came on must close. */
export class ProtocolError extends MillraceError {
  override readonly name = "ProtocolError";
  /** Which rule is broken. */
  readonly rule: ProtocolRule;
  /** The status to answer a request with. */
  readonly status: number;

  constructor(rule: ProtocolRule, status: number, message: string) {
    super(message, {
      code: status === 413 || status === 414 || status === 431 ? "too-large" : "protocol",
      unsent: false,
    });
    this.rule = rule;
    this.status = status;
  }
}

/** Says of a character where it is and what it is, for messages of errors. */
export function describeByte(text: string, at: number): string {
  const code = text.charCodeAt(at);
  return `0x${code.toString(16).padStart(2, "0")} at byte ${at}`;
}
