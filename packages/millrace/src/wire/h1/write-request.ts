import type { BytesBody, StreamBody } from "../http/body.js";
import { FieldId } from "../http/field-id.js";
import type { HttpRequest } from "../http/message.js";
import { inSlices } from "../http/sliced-body.js";
import type { ByteStream } from "../stream/byte-stream.js";
import { requestHead, type SentFraming } from "./serialize.js";

/** Whole bodies up to this many bytes leave in one text with their head. */
const textLimit = 16 * 1024;

/** What of a request has not been written yet. */
export type RequestRest =
  /** Nothing. */
  | undefined
  /** Head and content: the head leaves with the first content there is. */
  | { readonly kind: "stream"; readonly head: string; readonly body: StreamBody }
  /** The content, until the server asks for it. */
  | { readonly kind: "expecting"; readonly body: BytesBody | StreamBody };

/**
 * Writes a request as far as it is there: whole ones entirely, in one write where they are small. With
 * `emptyLength` those that usually have content say it when they have none.
 *
 * @throws MillraceError `invalid-options` when the request cannot be written; nothing was
 */
export function writeRequest(stream: ByteStream, request: HttpRequest, emptyLength: boolean): RequestRest {
  const { fields } = request;
  const body = request.body.kind === "bytes" ? inSlices(request.body) : request.body;
  const head = requestHead(request, framingOf(request, emptyLength));
  if (body.kind === "empty") stream.writeText(head);
  else if (fields.hasId(FieldId.expect)) {
    stream.writeText(head);
    return { kind: "expecting", body };
  } else if (body.kind === "stream") return { kind: "stream", head, body };
  else if (body.length <= textLimit) stream.writeText(head + body.latin1);
  else {
    stream.cork();
    stream.writeText(head);
    stream.write(body.bytes, true);
    stream.uncork();
  }
  return undefined;
}

/** How a request's content is framed. */
function framingOf({ body, method }: HttpRequest, emptyLength: boolean): SentFraming {
  if (body.kind !== "empty") return body.length ?? "chunked";
  if (!emptyLength) return "none";
  return method === "POST" || method === "PUT" || method === "PATCH" ? 0 : "none";
}
