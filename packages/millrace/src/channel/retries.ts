import { retry } from "../service/middleware/retry.js";
import { TpsBudget } from "../service/retry/budget.js";
import type { RetryConditions, RetryPolicy } from "../service/retry/policy.js";
import type { Policy } from "../service/service.js";
import type { HttpRequest, HttpResponse } from "../wire/http/message.js";
import { whenResponseDone } from "../wire/http/when-done.js";
import type { ChannelSettings } from "./options.js";
import { createRetryPolicy, isRefusal } from "./retry-policy.js";
import type { MemberSource, WaitForMemberOptions } from "./wait-for-member.js";

/** Makes calls again on the members there are, as the settings say. */
export function retries(
  settings: ChannelSettings,
  members: Pick<MemberSource, "usable">,
): Policy<HttpRequest, HttpResponse> {
  const { retry: options, clock, failFast, waitMs } = settings;
  if (options === false) return (inner) => inner;
  const { attempts, on, budget = new TpsBudget({ clock }) } = options;
  const waits = !failFast && waitMs > 0;
  const policy = elsewhere(createRetryPolicy(on), members, waits);
  return retry({ attempts, budget, policy, whenDone: whenResponseDone, clock });
}

/** How long calls wait for a member; those that one has refused, if they would be made again anyway. */
export function waiting(settings: ChannelSettings): WaitForMemberOptions<HttpRequest> {
  const { retry: options, waitMs, failFast, clock, random } = settings;
  const again = options !== false && options.attempts > 1 && options.on.includes("connect-failure");
  return { limitMs: waitMs, failFast, isRefusal: again ? isRefusal : () => false, clock, random };
}

/**
 * Whoever has answered is not asked again: a status is worth another attempt while a member is left untried. A call
 * that was refused costs nothing where it `waits`: it goes to a member that is there, or to none.
 */
function elsewhere(
  policy: RetryPolicy<HttpRequest, HttpResponse>,
  members: Pick<MemberSource, "usable">,
  waits: boolean,
): RetryPolicy<HttpRequest, HttpResponse> {
  return {
    ...policy,
    shouldRetry(request, outcome, context) {
      const verdict = policy.shouldRetry(request, outcome, context);
      if (verdict === false) return false;
      if ("error" in outcome) return waits && isRefusal(request, outcome.error) ? atNoCost : verdict;
      const tried = context.attempt - context.origin.attempt + 1;
      return tried < members.usable && verdict;
    },
  };
}

const atNoCost: RetryConditions = { delayMs: 0, free: true };
