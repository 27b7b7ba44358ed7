import type { CallContext } from "../context.js";
import type { Layer, Service } from "../service.js";
import { withCall } from "../with-call.js";

/**
 * A {@link filter} whose check takes its time: it asks somebody, say, whether the request may pass.
 *
 * A call whose caller gives up while it is checked does not reach the inner service. Hand
 * `context.signal` on to make the check itself end. After tower's `AsyncFilter`.
 */
export function asyncFilter<Request, Checked, Response>(
  check: (request: Request, context: CallContext) => Promise<Checked>,
): Layer<Service<Checked, Response>, Service<Request, Response>> {
  return (inner) =>
    withCall(inner, async (request, context) => {
      const checked = await check(request, context);
      if (context.aborted) throw context.reason;
      return inner.call(checked, context);
    });
}
