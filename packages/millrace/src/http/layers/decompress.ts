import { MillraceError } from "../../base/errors.js";
import { requireGroup, requirePositive } from "../../base/options.js";
import type { Policy } from "../../service/service.js";
import { withCall } from "../../service/with-call.js";
import { type Body, BytesBody } from "../../wire/http/body.js";
import { FieldId } from "../../wire/http/field-id.js";
import type { Fields } from "../../wire/http/fields.js";
import type { HttpRequest, HttpResponse } from "../../wire/http/message.js";
import { isBodiless } from "../../wire/http/status.js";
import { type Coding, codingOf, codingsOffered } from "./codings.js";
import { type DecodeBounds, DecodedBody } from "./decoded-body.js";

/** How far content may grow as it is decoded, and whose wishes count. */
export interface DecompressOptions {
  /**
   * Longest content after decoding, in bytes; then it breaks off with `too-large`.
   * @defaultValue Infinity
   */
  readonly maxBytes?: number | undefined;
  /**
   * Most bytes that one byte may become, on the average of what has come: a small message must not fill the memory.
   * Looked at once content is over 8 MiB.
   * @defaultValue 100
   */
  readonly maxRatio?: number | undefined;
  /**
   * Leaves responses with `Cache-Control: no-transform` as they are. The rule (RFC 9111 §5.2.2.6) is for those who
   * pass messages on; a client that reads one itself decodes it.
   * @defaultValue false
   */
  readonly respectNoTransform?: boolean | undefined;
}

/** Content up to this many bytes that is here as a whole is decoded at once, into at most {@link wholeDecoded}. */
const wholeEncoded = 16 * 1024;
const wholeDecoded = 256 * 1024;

/** More codings than this, one over the other, are no honest message: each may multiply the work. Undici has the same limit. */
const mostCodings = 5;

/**
 * Decodes responses that are encoded with gzip, deflate, br or (where Node has it) zstd, and asks for them unless the
 * request has an `Accept-Encoding` or a `Range` of its own.
 *
 * A decoded response has neither `Content-Encoding` nor `Content-Length`. Responses without content, partial ones, and
 * those of an unknown coding pass as they are. Content that is cut short fails; it never ends as if it were whole.
 *
 * @throws MillraceError `too-large`, from the call, when there are more than five codings over one another
 * @throws MillraceError `too-large`, from the body, when content grows beyond the bounds
 * @throws MillraceError `protocol`, from the body, when it cannot be decoded
 * @throws MillraceError `invalid-options`, at once, when an option is out of its range
 */
export function decompress(options: DecompressOptions = {}): Policy<HttpRequest, HttpResponse> {
  requireGroup("decompress", options);
  const { maxBytes = Infinity, maxRatio = 100, respectNoTransform = false } = options;
  requirePositive("decompress.maxBytes", maxBytes);
  requirePositive("decompress.maxRatio", maxRatio);
  const bounds: DecodeBounds = { maxBytes, maxRatio };

  return (inner) =>
    withCall(inner, (request, context) =>
      inner.call(asking(request), context).then((response) => {
        const encoding = response.fields.get("content-encoding");
        if (encoding === undefined || request.method === "HEAD" || !hasContent(response)) return response;
        if (respectNoTransform && forbidsTransform(response.fields)) return response;
        return decoded(response, bounds);
      }),
    );
}

/** Adds what `decompress` asks for to fields that the caller owns. */
export function askForCodings(fields: Fields): void {
  if (!fields.has("accept-encoding") && !fields.has("range")) {
    fields.push(FieldId.other, "Accept-Encoding", codingsOffered);
  }
}

function asking(request: HttpRequest): HttpRequest {
  if (request.fields.has("accept-encoding") || request.fields.has("range")) return request;
  const fields = request.fields.clone();
  fields.push(FieldId.other, "Accept-Encoding", codingsOffered);
  return { ...request, fields };
}

function hasContent({ status, stream }: HttpResponse): boolean {
  return stream === undefined && status !== 206 && !isBodiless(status);
}

function forbidsTransform(fields: Fields): boolean {
  const directives = fields.getList("cache-control") ?? "";
  return directives.split(",").some((directive) => directive.trim().toLowerCase() === "no-transform");
}

function decoded(response: HttpResponse, bounds: DecodeBounds): HttpResponse {
  const names = response.fields.getList("content-encoding")!.split(",");
  if (names.length > mostCodings) throw refused(response.body, names.length);
  const codings = codingsOf(names);
  if (codings === undefined) return response;
  const fields = response.fields.clone();
  fields.delete("content-encoding");
  fields.delete("content-length");
  let { body } = response;
  for (const coding of codings.reverse()) body = decodedBody(body, coding, bounds);
  return { ...response, fields, body };
}

/** Gives up content that is not to be decoded. */
function refused(body: Body, codings: number): MillraceError {
  const message = `the content of a response has ${codings} codings over one another, more than ${mostCodings}`;
  const error = new MillraceError(message, { code: "too-large", unsent: false });
  if (body.kind === "stream") body.cancel(error);
  return error;
}

/** The codings of a message in the order they were applied; undefined when one of them is not known. */
function codingsOf(names: readonly string[]): Coding[] | undefined {
  const codings: Coding[] = [];
  for (const name of names) {
    const trimmed = name.trim().toLowerCase();
    if (trimmed === "identity" || trimmed === "") continue;
    const coding = codingOf(trimmed);
    if (!coding) return undefined;
    codings.push(coding);
  }
  return codings;
}

function decodedBody(body: Body, coding: Coding, bounds: DecodeBounds): Body {
  // Servers that answer nothing often still say that it is encoded.
  if (body.kind === "empty" || body.length === 0) return body;
  if (body.kind === "bytes" && body.length <= wholeEncoded) {
    const whole = decodedWhole(body.bytes, coding, bounds);
    if (whole) return BytesBody.of(whole);
  }
  return new DecodedBody(body, coding, bounds);
}

/** Decodes short content at once; undefined when it is long, or broken, which is for its reader to find out. */
function decodedWhole(bytes: Uint8Array, coding: Coding, { maxBytes }: DecodeBounds): Buffer | undefined {
  try {
    return coding.whole(bytes, { maxOutputLength: Math.min(wholeDecoded, maxBytes) });
  } catch {
    return undefined;
  }
}
