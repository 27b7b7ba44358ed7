import { retry } from "../service/middleware/retry.js";
import { TpsBudget } from "../service/retry/budget.js";
import type { RetryPolicy } from "../service/retry/policy.js";
import type { Policy } from "../service/service.js";
import type { HttpRequest, HttpResponse } from "../wire/http/message.js";
import { whenResponseDone } from "../wire/http/when-done.js";
import type { ChannelSettings } from "./options.js";
import { createRetryPolicy } from "./retry-policy.js";
import type { MemberSource } from "./wait-for-member.js";

/** Makes calls again on the members there are, as the settings say. */
export function retries(
  settings: ChannelSettings,
  members: Pick<MemberSource, "usable">,
): Policy<HttpRequest, HttpResponse> {
  const { retry: options, clock } = settings;
  if (options === false) return (inner) => inner;
  const { attempts, on, budget = new TpsBudget({ clock }) } = options;
  const policy = elsewhere(createRetryPolicy(on), members);
  return retry({ attempts, budget, policy, whenDone: whenResponseDone, clock });
}

/** Whoever has answered is not asked again: a status is worth another attempt while a member is left untried. */
function elsewhere(
  policy: RetryPolicy<HttpRequest, HttpResponse>,
  members: Pick<MemberSource, "usable">,
): RetryPolicy<HttpRequest, HttpResponse> {
  return {
    ...policy,
    shouldRetry(request, outcome, context) {
      const verdict = policy.shouldRetry(request, outcome, context);
      if (verdict === false || "error" in outcome) return verdict;
      const tried = context.attempt - context.origin.attempt + 1;
      return tried < members.usable && verdict;
    },
  };
}
