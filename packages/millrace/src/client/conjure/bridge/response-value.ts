import { collect } from "../../../http/body/collect.js";
import { decodeText } from "../../../http/body/text.js";
import { toWebStream } from "../../../http/body/web-stream.js";
import { FieldId } from "../../../wire/http/field-id.js";
import type { HttpResponse } from "../../../wire/http/message.js";
import { qosOf } from "./bridge-error.js";
import { ConjureError } from "./conjure-error.js";
import { contentKind } from "./media-type.js";

/** How the content of a success is read. */
export interface ValueReading {
  /** Whether binary content is given as a stream, not as a `Blob`. */
  readonly binaryAsStream: boolean;
  /** Longest content that is collected, in bytes. */
  readonly maxBytes: number;
}

/**
 * The value in a success: `undefined` for no content, JSON as what it says, binary as a stream or `Blob`, anything
 * else as text.
 *
 * @throws ConjureError `PARSE` when the content is no JSON though it says so
 */
export async function responseValue(response: HttpResponse, reading: ValueReading): Promise<unknown> {
  const { status, fields, body } = response;
  const contentType = fields.getId(FieldId.contentType);
  if (status === 204) return undefined;
  const kind = contentKind(contentType ?? "");
  if (kind === "binary" && reading.binaryAsStream) return toWebStream(body);
  const bytes = await collect(body, reading.maxBytes);
  if (bytes.length === 0 && contentType === undefined) return undefined;
  if (kind === "binary") return new Blob([bytes], { type: contentType ?? "" });
  const text = decodeText(bytes);
  return kind === "json" ? parsed(text, response) : text;
}

function parsed(text: string, { status, fields }: HttpResponse): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ConjureError("PARSE", { originalError: error, status, qos: qosOf(fields) });
  }
}
