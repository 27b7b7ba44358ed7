import type { Policy } from "../service/service.js";
import type { HttpRequest, HttpResponse } from "../wire/http/message.js";

/** Sends requests that name no host to `authority`; others are left alone. */
export function addressedTo(authority: string): Policy<HttpRequest, HttpResponse> {
  return (inner) => ({
    get ready() {
      return inner.ready;
    },
    whenReady: (signal) => inner.whenReady(signal),
    call: (request, context) => {
      if (request.target.authority !== "") return inner.call(request, context);
      return inner.call({ ...request, target: { ...request.target, authority } }, context);
    },
  });
}
