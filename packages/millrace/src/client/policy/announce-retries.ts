import { requireWhole } from "../../base/options.js";
import type { CallContext } from "../../service/context.js";
import type { Policy } from "../../service/service.js";
import { withCall } from "../../service/with-call.js";
import { callOptions } from "../call/call-options.js";

/** How {@link announceRetries} marks requests. */
export interface AnnounceRetriesOptions<Request> {
  /** Makes the request with one more header, its name in lower case. */
  readonly withHeader: (request: Request, name: string, value: string) => Request;
  /**
   * Retries of a call, as the retry outside of this has it; a whole number of at least 0.
   * @defaultValue 4
   */
  readonly retries?: number | undefined;
}

/**
 * Tells proxies on the way, by `Client-Can-Retry`, whether this client would try again what they fail. One
 * that hears `true` need not, so that retries do not multiply. Put it inside of the retry.
 *
 * @throws MillraceError `invalid-options`, at once, when `retries` is not a whole number of at least 0
 */
export function announceRetries<Request, Response>(
  options: AnnounceRetriesOptions<Request>,
): Policy<Request, Response> {
  const { withHeader, retries = 4 } = options;
  requireWhole("announceRetries.retries", retries, 0);
  const canRetry = (context: CallContext) =>
    context.attempt - context.origin.attempt < (context.get(callOptions)?.maxRetries ?? retries);
  return (inner) =>
    withCall(inner, (request, context) =>
      inner.call(withHeader(request, "client-can-retry", String(canRetry(context))), context),
    );
}
