import type { Body } from "../../wire/http/body.js";
import { FieldId } from "../../wire/http/field-id.js";
import type { Fields } from "../../wire/http/fields.js";
import { PulledBody } from "./pulled-body.js";

/**
 * Holds content to the `Content-Length` that its caller has set, if there is one: a stream of unknown length is sent
 * with it.
 *
 * @throws TypeError when it is no length, or not that of the content
 */
export function withToldLength(body: Body, fields: Fields): Body {
  if (!fields.hasId(FieldId.contentLength)) return body;
  const told = fields.getList("content-length")!;
  const [first, ...others] = told.split(",").map((length) => length.trim());
  const valid = /^[0-9]{1,15}$/.test(first!) && others.every((other) => other === first);
  if (!valid) throw new TypeError(`the Content-Length of a request is a number, not ${JSON.stringify(told)}`);
  const length = Number(first);
  if (body.length === undefined && body instanceof PulledBody) return body.withLength(length);
  if (body.length === undefined || body.length === length) return body;
  throw new TypeError(`a Content-Length of ${length} does not fit content of ${body.length} bytes`);
}
