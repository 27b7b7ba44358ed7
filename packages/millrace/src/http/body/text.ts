import type { Body } from "../../wire/http/body.js";

const byteOrderMark = 0xfeff;

/** The text of content that is here as a whole; undefined of a stream. */
export function textOf(body: Body): string | undefined {
  if (body.kind === "empty") return "";
  return body.kind === "bytes" ? withoutMark(body.text()) : undefined;
}

/** Bytes read as UTF-8, as the web does: without byte order mark, and with U+FFFD for what is no UTF-8. */
export function decodeText(bytes: Buffer): string {
  return withoutMark(bytes.toString("utf8"));
}

function withoutMark(text: string): string {
  return text.charCodeAt(0) === byteOrderMark ? text.slice(1) : text;
}
