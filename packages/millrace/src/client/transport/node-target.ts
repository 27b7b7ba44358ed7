import type { Policy } from "../../service/service.js";
import { withCall } from "../../service/with-call.js";
import type { HttpRequest, HttpResponse } from "../../wire/http/message.js";

/**
 * Points requests at the node at `url`: its host, its scheme, and its path in front of theirs. A slash at
 * the end of the node's path does not count.
 */
export function nodeTarget(url: URL): Policy<HttpRequest, HttpResponse> {
  const base = url.pathname.replace(/\/+$/, "");
  const authority = url.host;
  const scheme = url.protocol.slice(0, -1);
  return (inner) =>
    withCall(inner, (request, context) => {
      const { path: given, form } = request.target;
      const path = form === "origin" ? base + given : given;
      return inner.call(pointedAt(request, { form, path, authority, scheme }), context);
    });
}

/** A request with another target. Member by member: spreading costs more than the rest of this layer. */
function pointedAt(request: HttpRequest, target: HttpRequest["target"]): HttpRequest {
  const { method, minorVersion, fields, body, upgrade, peer, onInterim } = request;
  return { method, target, minorVersion, fields, body, upgrade, peer, onInterim };
}
