import { FieldId, Fields, type HttpResponse } from "millrace/wire";
import { isEndToEnd, isHopByHop, isNominated, nominatedNames } from "./hop-by-hop.js";
import { withSafeTrailers } from "./trailers.js";

/** Makes of a server's response the one that goes to the client: hop-by-hop fields end here. */
export function forwardResponse(response: HttpResponse): HttpResponse {
  const { fields, stream } = response;
  if (isEndToEnd(fields)) return response;
  const nominated = nominatedNames(fields);
  const kept = endToEnd(fields, nominated);
  if (stream) kept.push(FieldId.upgrade, "Upgrade", fields.getId(FieldId.upgrade) ?? "");
  const { status, reason } = response;
  const body =
    nominated !== undefined && response.body.kind === "stream"
      ? withSafeTrailers(response.body, nominated)
      : response.body;
  return { status, reason, fields: kept, body, stream };
}

/** The fields of a response, or of an interim one, that are for the client. */
export function endToEnd(fields: Fields, nominated = nominatedNames(fields)): Fields {
  const kept = new Fields();
  for (let at = 0; at < fields.size; at++) {
    const id = fields.idAt(at);
    if (isHopByHop(id)) continue;
    if (nominated !== undefined && isNominated(fields, at, nominated)) continue;
    kept.push(id, fields.nameAt(at), fields.valueAt(at));
  }
  return kept;
}
