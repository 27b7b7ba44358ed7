import { FieldId } from "../../wire/http/field-id.js";
import type { HttpRequest } from "../../wire/http/message.js";

/**
 * A request that says `value`, which is known to be good, in the field `name`, of which engines know nothing:
 * the request given if it says so already, else a copy.
 */
export function withField(request: HttpRequest, name: string, value: string): HttpRequest {
  if (request.fields.get(name) === value) return request;
  const fields = request.fields.clone();
  fields.delete(name);
  fields.push(FieldId.other, name, value);
  const { method, target, minorVersion, body, upgrade, peer, onInterim } = request;
  return { method, target, minorVersion, fields, body, upgrade, peer, onInterim };
}
