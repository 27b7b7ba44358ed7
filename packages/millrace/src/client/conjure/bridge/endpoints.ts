import type { Endpoint } from "../../call/endpoint.js";
import type { PathPlaces } from "../../call/path-places.js";
import type { EndpointOptions } from "./endpoint-options.js";
import { parsePathTemplate } from "./path-template.js";

/** An endpoint that was called before. */
export interface KnownEndpoint {
  readonly endpoint: Endpoint;
  readonly template: PathPlaces;
}

/** More than any API has: whoever calls more is putting arguments into templates, and they are not kept. */
const maxKept = 10_000;

/** Makes a function that gives each endpoint the same descriptor at every call, its path taken apart once. */
export function createEndpoints(): (options: EndpointOptions) => KnownEndpoint {
  const kept = new Map<string, KnownEndpoint>();
  return (options) => {
    if (typeof (options as EndpointOptions | undefined)?.method !== "string") {
      throw new TypeError("expected an endpoint with a method and a path, found none");
    }
    const { serviceName = "", endpointName = "", method, endpointPath } = options;
    const key = `${method} ${endpointPath} ${serviceName} ${endpointName}`;
    let known = kept.get(key);
    if (!known) {
      known = describe(options);
      if (kept.size < maxKept) kept.set(key, known);
    }
    return known;
  };
}

function describe({
  serviceName = "unknown",
  endpointName,
  method,
  endpointPath,
}: EndpointOptions): KnownEndpoint {
  const template = parsePathTemplate(endpointPath);
  const { path } = template;
  const capitals = method.toUpperCase();
  const name = endpointName ?? `${capitals} ${path}`;
  return { template, endpoint: { service: serviceName, version: undefined, name, method: capitals, path } };
}
