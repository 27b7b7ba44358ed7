import type { Clock } from "millrace/base";
import { createRetryPolicy } from "millrace/channel";
import { type Policy, retry, type Service, stack, TpsBudget } from "millrace/service";
import { type HttpRequest, type HttpResponse, whenResponseDone } from "millrace/wire";
import type { ProxySettings } from "../config/settings.js";
import { affinity } from "../forward/affinity.js";
import { forward } from "../forward/forward.js";
import { gate } from "../forward/gate.js";
import { createTrust } from "../forward/trusted-proxies.js";
import { goesByKey } from "./balancer.js";
import type { Counters } from "./counters.js";

/** Composes what happens to a request between a client's connection and the balancer. */
export function createProxyService(
  balancer: Service<HttpRequest, HttpResponse>,
  settings: ProxySettings,
  counters: Counters,
  clock: Clock,
): Service<HttpRequest, HttpResponse> {
  return stack(
    gate(settings.forward.via),
    affinities(settings),
    forward(settings.forward),
    retries(settings.retry, counters, clock),
  )(balancer);
}

/** Only where the balancer goes by them. */
function affinities({ balance, forward }: ProxySettings): Policy<HttpRequest, HttpResponse> {
  if (!goesByKey(balance.policy)) return (inner) => inner;
  return affinity(balance.hashBy, createTrust(forward.trustedProxies));
}

function retries(
  { attempts, on, budgetRatio, budgetPerSecond }: ProxySettings["retry"],
  counters: Counters,
  clock: Clock,
): Policy<HttpRequest, HttpResponse> {
  if (attempts === 0 || on.length === 0) return (inner) => inner;
  return retry({
    attempts: attempts + 1,
    policy: createRetryPolicy(on),
    budget: new TpsBudget({ ratio: budgetRatio, reservePerSecond: budgetPerSecond, clock }),
    whenDone: whenResponseDone,
    onRetry: ({ kind }) => {
      if (kind === "retry") counters.retriesMade += 1;
      else if (kind === "budget-exhausted") counters.retriesRefused += 1;
    },
    clock,
  });
}
