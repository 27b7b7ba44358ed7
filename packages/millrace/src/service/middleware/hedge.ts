import { type Clock, systemClock } from "../../base/clock.js";
import {
  invalidOption,
  requireFunctions,
  requireOptionalFunctions,
  requirePositive,
  requireRange,
  requireWhole,
} from "../../base/options.js";
import type { WhenDone } from "../done.js";
import { HedgedCall } from "../hedge/hedged-call.js";
import { LatencyHistogram } from "../hedge/latency-histogram.js";
import type { HedgeEvent, HedgePolicy, HedgeSettings } from "../hedge/policy.js";
import { depositTo } from "../retry/ask.js";
import { type RetryBudget, TpsBudget } from "../retry/budget.js";
import type { Policy, Service } from "../service.js";
import { withCall } from "../with-call.js";

/** What {@link hedge} sends twice, and when. */
export interface HedgeOptions<Request, Response> {
  /** Decides what may be sent twice. */
  readonly policy: HedgePolicy<Request, Response>;
  /**
   * Share of calls that are quick enough; from 0 to 1. A call slower than that is sent a second time.
   * @defaultValue 0.95
   */
  readonly percentile?: number | undefined;
  /**
   * Calls there must have been in the period before; a whole number of at least 1. With fewer, nothing
   * is sent twice.
   * @defaultValue 20
   */
  readonly minimumCalls?: number | undefined;
  /**
   * How long latencies are gathered before they count, in milliseconds; more than 0.
   * @defaultValue 30_000
   */
  readonly periodMs?: number | undefined;
  /**
   * A fixed wait before the second copy instead of one that is learned, in milliseconds; 0 or more.
   * @defaultValue it is learned
   */
  readonly delayMs?: number | undefined;
  /**
   * Which copy counts: the `first` to finish, be it with an error, as in tower; or the `first-success`,
   * which waits for the other copy when one has failed.
   * @defaultValue `"first"`
   */
  readonly winner?: "first" | "first-success" | undefined;
  /**
   * Limits second copies to a share of all calls. To share it, with `retry` say, share the object.
   * @defaultValue a {@link TpsBudget} with its defaults, one for all services the layer wraps
   */
  readonly budget?: RetryBudget | undefined;
  /**
   * Says when a response has been read, so that a caller who gives up while reading is still heard below.
   * @defaultValue a response is done with as soon as it is there
   */
  readonly whenDone?: WhenDone<Response> | undefined;
  /** Told of each call whose answer took long. What it throws goes to `faults`. */
  readonly onHedge?: ((event: HedgeEvent) => void) | undefined;
  /** @defaultValue {@link systemClock} */
  readonly clock?: Clock | undefined;
}

/**
 * Sends a call a second time when its answer takes longer than that of most, and gives the answer that
 * comes first. The other copy is aborted; if it was answered all the same, that is discarded.
 *
 * Put it outside of a balancer, or both copies go to the same peer. What is long is learned from the
 * calls that were answered, apart for each service the layer wraps. After tower's `hedge`; the idea is
 * that of Dean and Barroso, "The Tail at Scale", 2013.
 *
 * @throws MillraceError `invalid-options`, at once, when an option is out of its range
 */
export function hedge<Request, Response>(
  options: HedgeOptions<Request, Response>,
): Policy<Request, Response> {
  const settings = hedgeSettings(options);
  return (inner) => hedgedService(inner, settings);
}

function hedgedService<Request, Response>(
  inner: Service<Request, Response>,
  settings: HedgeSettings<Request, Response>,
): Service<Request, Response> {
  const { percentile, minimumCalls, periodMs, delayMs, budget, clock } = settings;
  const latencies = new LatencyHistogram(periodMs, clock.now());
  const parts = { settings, inner, latencies };
  return withCall(inner, (request, context) => {
    depositTo(budget);
    const startedAt = clock.now();
    const longMs = delayMs ?? latencies.quantileMs(percentile, minimumCalls, startedAt);
    if (longMs !== undefined) return new HedgedCall(parts, request, context).run(longMs);
    const answer = inner.call(request, context);
    const record = () => {
      const now = clock.now();
      latencies.record(now - startedAt, now);
    };
    answer.then(record, ignore);
    return answer;
  });
}

/** A failure may have been quick: it says nothing about how long an answer takes. */
function ignore(): void {}

function hedgeSettings<Request, Response>(
  options: HedgeOptions<Request, Response>,
): HedgeSettings<Request, Response> {
  const { percentile = 0.95, minimumCalls = 20, periodMs = 30_000, delayMs, winner = "first" } = options;
  const { policy, whenDone, onHedge, clock = systemClock } = options;
  requireFunctions("hedge.policy", policy, "shouldHedge");
  requireRange("hedge.percentile", percentile, 0, 1);
  requireWhole("hedge.minimumCalls", minimumCalls, 1, Number.MAX_SAFE_INTEGER);
  requirePositive("hedge.periodMs", periodMs);
  if (delayMs !== undefined) requireRange("hedge.delayMs", delayMs, 0, Number.MAX_SAFE_INTEGER);
  if (winner !== "first" && winner !== "first-success") {
    throw invalidOption("hedge.winner", '"first" or "first-success"', winner);
  }
  const budget = options.budget ?? new TpsBudget({ clock });
  requireOptionalFunctions("hedge", options, "whenDone", "onHedge");
  requireFunctions("hedge.budget", budget, "deposit", "withdraw");
  return { policy, percentile, minimumCalls, periodMs, delayMs, winner, budget, whenDone, onHedge, clock };
}
