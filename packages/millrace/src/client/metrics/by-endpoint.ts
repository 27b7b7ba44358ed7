import { methodLabel } from "../../base/method-label.js";
import type { CallContext } from "../../service/context.js";
import { callOptions } from "../call/call-options.js";
import type { Endpoint } from "../call/endpoint.js";

/** Where nobody said what is called, by the label of the method. */
const unknown = new Map<string, Endpoint>();

/**
 * Makes a function that gives what belongs to the endpoint of a call, made once for each endpoint. Calls without one
 * are told apart by their method.
 */
export function byEndpoint<T>(make: (endpoint: Endpoint) => T): (context: CallContext, method?: string) => T {
  const made = new WeakMap<Endpoint, T>();
  return (context, method) => {
    const endpoint = context.get(callOptions)?.endpoint ?? unknownOf(methodLabel(method ?? ""));
    let found = made.get(endpoint);
    if (found === undefined) {
      found = make(endpoint);
      made.set(endpoint, found);
    }
    return found;
  };
}

function unknownOf(method: string): Endpoint {
  let endpoint = unknown.get(method);
  if (endpoint === undefined) {
    endpoint = { service: "unknown", version: undefined, name: "unknown", method, path: "" };
    unknown.set(method, endpoint);
  }
  return endpoint;
}
