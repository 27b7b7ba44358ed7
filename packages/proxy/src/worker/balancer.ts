import {
  type Balancer,
  balance,
  bestOfFew,
  type Discover,
  type Ejection,
  inFlight,
  leastRequest,
  roundRobin,
} from "millrace/balance";
import type { Clock } from "millrace/base";
import type { Service } from "millrace/service";
import { type HttpRequest, type HttpResponse, whenResponseDone } from "millrace/wire";
import type { ProxySettings } from "../config/settings.js";
import type { Origin } from "./origin.js";

/** Makes the balancer that the settings describe, over the servers of the pool. */
export function createBalancer(
  members: Discover<Origin, Service<HttpRequest, HttpResponse>>,
  { balance: { policy, panicRatio, ewmaDecayMs }, outlier }: ProxySettings,
  hooks: { readonly clock: Clock; readonly onEject: (ejection: Ejection<Origin>) => void },
): Balancer<Origin, HttpRequest, HttpResponse> {
  return balance(members, {
    picker: pickerOf(policy),
    panicRatio,
    latency: { decayMs: ewmaDecayMs },
    failed: (response) => response.status >= 500,
    whenDone: whenResponseDone,
    observer: {
      answered: (origin, response, durationMs) => origin.answered(response, durationMs),
      failed: (origin, error, durationMs) => origin.broke(error, durationMs),
    },
    outlier:
      outlier.consecutiveFailures === null
        ? false
        : {
            consecutiveFailures: outlier.consecutiveFailures,
            baseEjectionMs: outlier.baseEjectionMs,
            maxEjectionMs: outlier.maxEjectionMs,
            maxEjectedRatio: outlier.maxEjectedRatio,
          },
    ...hooks,
  });
}

function pickerOf(policy: ProxySettings["balance"]["policy"]) {
  switch (policy) {
    case "p2c-ewma":
      return bestOfFew();
    case "p2c-in-flight":
      return bestOfFew({ load: inFlight });
    case "round-robin":
      return roundRobin();
    case "least-request":
      return leastRequest();
  }
}
