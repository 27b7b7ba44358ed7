import {
  type Balancer,
  balance,
  bestOfFew,
  consistentHash,
  type Discover,
  type Ejection,
  inFlight,
  leastRequest,
  type Picker,
  pinUntilError,
  roundRobin,
  sticky,
  subset,
} from "millrace/balance";
import type { Clock } from "millrace/base";
import type { CallContext, Service } from "millrace/service";
import { type HttpRequest, type HttpResponse, whenResponseDone } from "millrace/wire";
import type { BalancePolicy, BalanceSettings, ProxySettings } from "../config/settings.js";
import { affinityKey } from "../forward/affinity.js";
import type { Origin } from "./origin.js";

/** What a balancer has of its worker. */
export interface BalancerHooks {
  readonly clock: Clock;
  /** Number of the worker among those of this proxy, from 0. */
  readonly place: number;
  readonly onEject: (ejection: Ejection<Origin>) => void;
}

/** Whether `policy` goes by what requests have in common. */
export function goesByKey(policy: BalancePolicy): boolean {
  return policy === "consistent-hash" || policy === "sticky";
}

/** Makes the balancer that the settings describe, over the servers of the pool. */
export function createBalancer(
  members: Discover<Origin, Service<HttpRequest, HttpResponse>>,
  { balance: settings, outlier }: ProxySettings,
  { place, ...hooks }: BalancerHooks,
): Balancer<Origin, HttpRequest, HttpResponse> {
  const { panicRatio, ewmaDecayMs, slowStartMs } = settings;
  return balance(partOf(members, settings, place), {
    picker: pickerOf(settings),
    panicRatio,
    latency: { decayMs: ewmaDecayMs },
    slowStart: slowStartMs === null ? undefined : { windowMs: slowStartMs },
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

/** The servers that the worker at `place` uses. */
function partOf(
  members: Discover<Origin, Service<HttpRequest, HttpResponse>>,
  { subset: size, subsetOffset }: BalanceSettings,
  place: number,
): Discover<Origin, Service<HttpRequest, HttpResponse>> {
  return size === null ? members : subset(members, { client: subsetOffset + place, size, nameOf: idOf });
}

const keyOf = (_request: HttpRequest, context: CallContext) => context.get(affinityKey);
const idOf = (origin: unknown) => (origin as Origin).id;

function pickerOf({ policy, hashBound, stickyKeys, pinLongestMs }: BalanceSettings): Picker<HttpRequest> {
  switch (policy) {
    case "p2c-ewma":
      return bestOfFew();
    case "p2c-in-flight":
      return bestOfFew({ load: inFlight });
    case "round-robin":
      return roundRobin();
    case "least-request":
      return leastRequest();
    case "consistent-hash":
      return consistentHash({ keyOf, balanceFactor: hashBound ?? Infinity, nameOf: idOf });
    case "sticky":
      return sticky({ keyOf, maxKeys: stickyKeys, picker: bestOfFew() });
    case "pin-until-error":
      return pinUntilError({ longestMs: pinLongestMs ?? Infinity });
  }
}
