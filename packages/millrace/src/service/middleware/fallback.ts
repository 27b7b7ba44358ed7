import { requireFunctions, requireOptionalFunctions } from "../../base/options.js";
import type { CallContext } from "../context.js";
import { faults } from "../fault.js";
import { type Outcome, settleLike } from "../outcome.js";
import type { Policy } from "../service.js";
import { withCall } from "../with-call.js";

/** What {@link fallback} answers with, and when. */
export interface FallbackOptions<Request, Response> {
  /** Makes the answer to give instead; knows how the call ended. Its failure is the call's. */
  readonly to: (
    request: Request,
    outcome: Outcome<Response>,
    context: CallContext,
  ) => Response | Promise<Response>;
  /**
   * Whether a call that ended so is answered otherwise. One that throws has said no.
   * @defaultValue every failure is, no response
   */
  readonly when?: ((outcome: Outcome<Response>) => boolean) | undefined;
  /**
   * Lets go of a response that is replaced: ends its body, so that its connection is free.
   * @defaultValue nothing is done
   */
  readonly discard?: ((response: Response) => void) | undefined;
}

/**
 * Answers otherwise where a call failed: from a cache, with less, with another service's `call`.
 *
 * A caller who gave up gets no other answer. Cockatiel's and Polly's `fallback`; tower's `then` does it
 * by hand.
 *
 * @throws MillraceError `invalid-options`, at once, when there is nothing to answer with
 */
export function fallback<Request, Response>(
  options: FallbackOptions<Request, Response>,
): Policy<Request, Response> {
  const { to, when = failed, discard } = options;
  requireFunctions("fallback", options, "to");
  requireOptionalFunctions("fallback", options, "when", "discard");

  const judge = (request: Request, outcome: Outcome<Response>, context: CallContext) => {
    if (context.aborted || !wanted(when, outcome)) return settleLike(outcome);
    if ("response" in outcome && discard) letGo(discard, outcome.response);
    return to(request, outcome, context);
  };
  return (inner) =>
    withCall(inner, (request, context) =>
      inner
        .call(request, context)
        .then(
          when === failed ? undefined : (response) => judge(request, { response }, context),
          (error: unknown) => judge(request, { error }, context),
        ),
    );
}

function failed(outcome: Outcome<unknown>): boolean {
  return "error" in outcome;
}

function wanted<Response>(
  when: (outcome: Outcome<Response>) => boolean,
  outcome: Outcome<Response>,
): boolean {
  try {
    return when(outcome);
  } catch (error) {
    faults.publish({ where: "fallback.when", error });
    return false;
  }
}

function letGo<Response>(discard: (response: Response) => void, response: Response): void {
  try {
    discard(response);
  } catch (error) {
    faults.publish({ where: "fallback.discard", error });
  }
}
