import { FieldId } from "../../wire/http/field-id.js";
import type { HttpRequest } from "../../wire/http/message.js";

/** A copy of a request with one more field, of a name that engines do not act on and a value known to be good. */
export function withField(request: HttpRequest, name: string, value: string): HttpRequest {
  const fields = request.fields.clone();
  fields.push(FieldId.other, name, value);
  const { method, target, minorVersion, body, upgrade, peer, onInterim } = request;
  return { method, target, minorVersion, fields, body, upgrade, peer, onInterim };
}
