import type { CallContext } from "../../service/context.js";
import type { HttpRequest } from "../../wire/http/message.js";
import { callOptions } from "./call-options.js";
import type { Endpoint } from "./endpoint.js";

/** Made once each: text that is new to every call is hashed by every call. */
const endpointKeys = new WeakMap<Endpoint, string>();

/** What limits are kept by: the endpoint that is called, or the method where none is named. */
export function endpointKey(request: HttpRequest, context: CallContext): string {
  const endpoint = context.get(callOptions)?.endpoint;
  if (!endpoint) return request.method;
  let key = endpointKeys.get(endpoint);
  if (key === undefined) {
    key = `${endpoint.method} ${endpoint.path}`;
    endpointKeys.set(endpoint, key);
  }
  return key;
}
