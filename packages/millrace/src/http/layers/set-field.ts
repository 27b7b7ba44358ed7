import { invalidOption } from "../../base/options.js";
import type { CallContext } from "../../service/context.js";
import { mapRequest } from "../../service/middleware/map.js";
import type { Policy } from "../../service/service.js";
import { isFieldValue, isToken } from "../../wire/http/characters.js";
import type { HttpRequest, HttpResponse } from "../../wire/http/message.js";

/** What a field is set to, and whether a request's own value stays. */
export interface SetFieldOptions {
  /** The value, or what makes it for each request; `undefined` from there leaves the request as it is. */
  readonly value: string | ((request: HttpRequest, context: CallContext) => string | undefined);
  /**
   * Replaces the value that a request has.
   * @defaultValue false
   */
  readonly replace?: boolean | undefined;
}

/**
 * Sets a header field of each request. The request that was given stays as it is.
 *
 * @throws MillraceError `invalid-options`, at once, when `name` is no token, or the value cannot be sent; from the call, when
 * the value that is made for it cannot be
 */
export function setField(name: string, options: SetFieldOptions): Policy<HttpRequest, HttpResponse> {
  if (typeof name !== "string" || !isToken(name))
    throw invalidOption("setField.name", "a token", JSON.stringify(name));
  const { value, replace = false } = options;
  if (typeof value === "string" ? !isFieldValue(value) : typeof value !== "function") {
    throw invalidOption("setField.value", "text that a field can hold, or a function", value);
  }
  return mapRequest((request, context) => {
    if (!replace && request.fields.has(name)) return request;
    const text = typeof value === "string" ? value : value(request, context);
    if (text === undefined) return request;
    const fields = request.fields.clone();
    fields.set(name, text);
    return { ...request, fields };
  });
}
