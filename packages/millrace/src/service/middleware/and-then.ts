import { requireFunction } from "../../base/options.js";
import type { CallContext } from "../context.js";
import type { Layer, Service } from "../service.js";
import { withCall } from "../with-call.js";

/**
 * Goes on with each response: `next` makes another of it, and takes its time. Its failure is the call's.
 * Hand `context` on to calls it makes, so that they end when the caller gives up. After tower's `and_then`.
 */
export function andThen<Request, Response, Next>(
  next: (response: Response, context: CallContext) => Promise<Next>,
): Layer<Service<Request, Response>, Service<Request, Next>> {
  requireFunction("andThen.next", next);
  return (inner) =>
    withCall(inner, (request, context) =>
      inner.call(request, context).then((response) => next(response, context)),
    );
}
