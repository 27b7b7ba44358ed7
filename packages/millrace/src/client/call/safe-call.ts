import type { CallContext } from "../../service/context.js";
import type { Service } from "../../service/service.js";

/**
 * Makes a call of a service that may throw where it should reject: what is held for the call is let go of when a promise
 * settles, and else would be held for good.
 */
export function safeCall<Request, Response>(
  service: Pick<Service<Request, Response>, "call">,
  request: Request,
  context: CallContext,
): Promise<Response> {
  try {
    return service.call(request, context);
  } catch (error) {
    return Promise.reject(error as Error);
  }
}
