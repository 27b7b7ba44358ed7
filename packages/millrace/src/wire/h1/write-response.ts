import type { StreamBody } from "../http/body.js";
import { FieldId } from "../http/field-id.js";
import type { HttpRequest, HttpResponse } from "../http/message.js";
import { inSlices } from "../http/sliced-body.js";
import type { ByteStream } from "../stream/byte-stream.js";
import { responsePlan } from "./response-plan.js";
import { type ConnectionNote, responseHead } from "./serialize.js";

/** Whole bodies up to this many bytes leave in one text with their head. */
const textLimit = 16 * 1024;

/** What has become of a response. */
export interface WrittenResponse {
  /** Whether the connection goes on after it. */
  readonly persistent: boolean;
  /** Bytes of content written. */
  readonly sentBytes: number;
  /** The content that is still to be sent, after `head`; undefined when all has been written. */
  readonly rest: { readonly body: StreamBody; readonly head: string; readonly chunked: boolean } | undefined;
}

/**
 * Writes a response as far as it is there: whole ones entirely, in one write where they are small. The
 * head of a stream is left for {@link OutgoingBody.start}, so that it leaves with the first content.
 *
 * @throws MillraceError `invalid-options` when the response cannot be written; nothing was
 */
export function writeResponse(
  stream: ByteStream,
  request: HttpRequest | undefined,
  response: HttpResponse,
  connection: {
    readonly persistent: boolean;
    readonly dateField: () => string;
    /** Whether whole content must leave now, however large. */
    readonly atOnce?: boolean;
  },
): WrittenResponse {
  const plan = responsePlan(request, response);
  const { framing } = plan;
  const body = plan.body.kind === "bytes" && !connection.atOnce ? inSlices(plan.body) : plan.body;
  const persistent = connection.persistent && framing !== "close" && !plan.closes;
  const date = response.fields.hasId(FieldId.date) ? undefined : connection.dateField();
  const head = responseHead(response, framing, connectionNote(persistent, request), date);
  if (body.kind === "stream") {
    return { persistent, sentBytes: 0, rest: { body, head, chunked: framing === "chunked" } };
  }

  const notify = stream.queued > 0;
  if (body.kind === "empty") stream.writeText(head, notify);
  else if (body.length <= textLimit) stream.writeText(head + body.latin1, notify);
  else {
    stream.cork();
    stream.writeText(head);
    stream.write(body.bytes, true);
    stream.uncork();
  }
  return { persistent, sentBytes: body.length, rest: undefined };
}

function connectionNote(persistent: boolean, request: HttpRequest | undefined): ConnectionNote {
  if (!persistent) return "close";
  return request?.minorVersion === 0 ? "keep-alive" : "";
}
