import type { CallContext } from "../../service/context.js";
import { callOptions } from "../call/call-options.js";
import type { Endpoint } from "../call/endpoint.js";

/** Where nobody said what is called. */
const unknown: Endpoint = { service: "unknown", version: undefined, name: "unknown", method: "", path: "" };

/** Makes a function that gives what belongs to the endpoint of a call, made once for each endpoint. */
export function byEndpoint<T>(make: (endpoint: Endpoint) => T): (context: CallContext) => T {
  const made = new WeakMap<Endpoint, T>();
  return (context) => {
    const endpoint = context.get(callOptions)?.endpoint ?? unknown;
    let found = made.get(endpoint);
    if (found === undefined) {
      found = make(endpoint);
      made.set(endpoint, found);
    }
    return found;
  };
}
