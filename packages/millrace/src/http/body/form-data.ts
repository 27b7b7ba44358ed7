import type { Random } from "../../base/random.js";
import { type Body, BytesBody } from "../../wire/http/body.js";
import { type ChunkSource, PulledBody } from "./pulled-body.js";

/** A form as content. */
export interface EncodedForm {
  readonly body: Body;
  /** Its `Content-Type`, with the boundary. */
  readonly type: string;
  readonly again: () => Body;
}

/**
 * Encodes a form as `multipart/form-data` (RFC 7578, with names escaped as the HTML standard says). Its
 * length is known beforehand; files are read as they are sent.
 */
export function encodeForm(form: FormData, random: Random): EncodedForm {
  const boundary = `----millrace${digits(random)}${digits(random)}`;
  const parts: (Uint8Array | Blob)[] = [];
  for (const [name, value] of form) {
    const head = `--${boundary}\r\nContent-Disposition: form-data; name="${escapeName(name)}"`;
    if (typeof value === "string") parts.push(Buffer.from(`${head}\r\n\r\n${toCrlf(value)}\r\n`));
    else {
      const type = value.type === "" ? "application/octet-stream" : value.type;
      const file = `; filename="${escapeName(value.name)}"\r\nContent-Type: ${type}\r\n\r\n`;
      parts.push(Buffer.from(head + file), value, lineEnd);
    }
  }
  parts.push(Buffer.from(`--${boundary}--\r\n`));

  const type = `multipart/form-data; boundary=${boundary}`;
  if (parts.every(isBytes)) {
    const body = BytesBody.of(Buffer.concat(parts));
    return { body, type, again: () => body };
  }
  const length = parts.reduce((sum, part) => sum + (isBytes(part) ? part.length : part.size), 0);
  const make = () => new PulledBody(() => chunksOfParts(parts), length);
  return { body: make(), type, again: make };
}

const lineEnd = Buffer.from("\r\n");

async function* chunksOfParts(parts: readonly (Uint8Array | Blob)[]): AsyncGenerator<unknown> & ChunkSource {
  for (const part of parts) {
    if (isBytes(part)) yield part;
    else yield* part.stream() as AsyncIterable<Uint8Array>;
  }
}

function isBytes(part: Uint8Array | Blob): part is Uint8Array {
  return part instanceof Uint8Array;
}

function escapeName(name: string): string {
  return toCrlf(name).replaceAll("\r\n", "%0D%0A").replaceAll('"', "%22");
}

function toCrlf(text: string): string {
  return text.replace(/\r\n?|\n/g, "\r\n");
}

function digits(random: Random): string {
  return Math.floor(random() * 1e10)
    .toString()
    .padStart(10, "0");
}
