import { requireFunction } from "../base/options.js";
import type { CallContext } from "./context.js";
import type { Service } from "./service.js";

/**
 * Makes a service of a function. It is always ready, and a function that throws becomes a rejection. After
 * tower's `service_fn`.
 */
export function fromFunction<Request, Response>(
  answer: (request: Request, context: CallContext) => Response | Promise<Response>,
): Service<Request, Response> {
  requireFunction("fromFunction.answer", answer);
  return {
    ready: true,
    whenReady: alwaysReady,
    call: async (request, context) => answer(request, context),
  };
}

/** The `whenReady` of a service that is always ready. */
export function alwaysReady(): Promise<void> {
  return Promise.resolve();
}
