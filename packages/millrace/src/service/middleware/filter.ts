import { requireFunction } from "../../base/options.js";
import type { CallContext } from "../context.js";
import type { Layer, Service } from "../service.js";
import { withCall } from "../with-call.js";

/**
 * Looks at each request before the inner service does: `check` gives the request to pass on, the same or
 * another, or throws to turn it away with that error.
 *
 * It runs before any wait in line. For a check that takes its time, see {@link asyncFilter}. After
 * tower's `Filter`.
 */
export function filter<Request, Checked, Response>(
  check: (request: Request, context: CallContext) => Checked,
): Layer<Service<Checked, Response>, Service<Request, Response>> {
  requireFunction("filter.check", check);
  return (inner) =>
    withCall(inner, (request, context) => {
      let checked: Checked;
      try {
        checked = check(request, context);
      } catch (error) {
        return Promise.reject(error as Error);
      }
      return inner.call(checked, context);
    });
}
