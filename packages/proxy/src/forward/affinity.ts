import { createContextKey, type Policy } from "millrace/service";
import type { HttpRequest, HttpResponse } from "millrace/wire";
import { type HashBy, parseHashBy } from "../config/hash-by.js";
import { plainAddress, type Trust } from "./trusted-proxies.js";

/** What a request has in common with others that should go to the same server. Not there when it has nothing. */
export const affinityKey = createContextKey<string>("affinity");

/**
 * Notes on each call what its request has in common with others, as `hashBy` says, before the request is
 * changed for its next hop.
 */
export function affinity(hashBy: string, trust: Trust): Policy<HttpRequest, HttpResponse> {
  const keyOf = createAffinity(parseHashBy(hashBy) ?? { kind: "client" }, trust);
  return (inner) => ({
    get ready() {
      return inner.ready;
    },
    whenReady: (signal) => inner.whenReady(signal),
    call(request, context) {
      const key = keyOf(request);
      if (key !== undefined) context.set(affinityKey, key);
      return inner.call(request, context);
    },
  });
}

/** Makes the function that says what requests belong together; `undefined` for one that may go anywhere. */
export function createAffinity(hashBy: HashBy, trust: Trust): (request: HttpRequest) => string | undefined {
  switch (hashBy.kind) {
    case "client":
      return (request) => clientOf(request, trust);
    case "host":
      return ({ target }) => target.authority.toLowerCase() || undefined;
    case "path":
      return ({ target }) => target.path.split("?", 1)[0];
    case "target":
      return ({ target }) => target.path;
    case "header":
      return ({ fields }) => fields.get(hashBy.name) || undefined;
    case "cookie":
      return ({ fields }) => valueIn(fields.getAll("cookie").join(";"), ";", hashBy.name);
    case "query":
      return ({ target }) =>
        valueIn(target.path.slice(target.path.indexOf("?") + 1 || Infinity), "&", hashBy.name);
  }
}

/** The address of the client: of the peer, or of whom trusted proxies say it is. */
function clientOf({ peer, fields }: HttpRequest, trust: Trust): string | undefined {
  if (!peer) return undefined;
  let client = plainAddress(peer.address);
  const hops = fields.getList("x-forwarded-for")?.split(",") ?? [];
  while (trust(client) && hops.length > 0) client = plainAddress(hops.pop()!.trim());
  return client || undefined;
}

/** The value of `name` in `a=1;b=2`, as it is written; `undefined` when it is not there or empty. */
function valueIn(pairs: string, separator: string, name: string): string | undefined {
  for (const pair of pairs.split(separator)) {
    const equals = pair.indexOf("=");
    if (equals > 0 && pair.slice(0, equals).trim() === name)
      return pair.slice(equals + 1).trim() || undefined;
  }
  return undefined;
}
