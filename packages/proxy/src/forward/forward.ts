import type { Policy } from "millrace/service";
import type { HttpRequest, HttpResponse } from "millrace/wire";
import type { ForwardSettings } from "../config/settings.js";
import { createForwardRequest } from "./request.js";
import { forwardResponse } from "./response.js";

/** Rewrites each message for its next hop: the request on its way in, the response on its way back. */
export function forward(settings: ForwardSettings): Policy<HttpRequest, HttpResponse> {
  const forwardRequest = createForwardRequest(settings);
  return (inner) => ({
    get ready() {
      return inner.ready;
    },
    whenReady: (signal) => inner.whenReady(signal),
    call: (request, context) => inner.call(forwardRequest(request), context).then(forwardResponse),
  });
}
