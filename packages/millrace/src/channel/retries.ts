import { retry } from "../service/middleware/retry.js";
import { TpsBudget } from "../service/retry/budget.js";
import type { Policy } from "../service/service.js";
import type { HttpRequest, HttpResponse } from "../wire/http/message.js";
import { whenResponseDone } from "../wire/http/when-done.js";
import type { ChannelSettings } from "./options.js";
import { createRetryPolicy } from "./retry-policy.js";

/** Makes calls again as the settings say. */
export function retries(settings: ChannelSettings): Policy<HttpRequest, HttpResponse> {
  const { retry: options, clock } = settings;
  if (options === false) return (inner) => inner;
  const { attempts, on, budget = new TpsBudget({ clock }) } = options;
  return retry({ attempts, budget, policy: createRetryPolicy(on), whenDone: whenResponseDone, clock });
}
