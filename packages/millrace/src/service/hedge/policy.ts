import type { Clock } from "../../base/clock.js";
import type { CallContext } from "../context.js";
import type { WhenDone } from "../done.js";
import type { RetryBudget } from "../retry/budget.js";
import type { Repeat } from "../retry/policy.js";

/** Decides what may be sent twice. All knowledge of the protocol is here. */
export interface HedgePolicy<Request, Response> extends Repeat<Request, Response> {
  /** Whether the peer may see this request twice. Asked when the wait for an answer has become long. */
  shouldHedge(request: Request, context: CallContext): boolean;
}

/** What became of a call whose answer took long. */
export interface HedgeEvent {
  /** `sent`: a second copy is on its way. Otherwise there is none, for the reason named. */
  readonly kind: "sent" | "not-wanted" | "not-repeatable" | "budget-exhausted";
  /** The wait that was long, in milliseconds. */
  readonly delayMs: number;
}

/** The options of {@link hedge}, checked and complete. */
export interface HedgeSettings<Request, Response> {
  readonly policy: HedgePolicy<Request, Response>;
  readonly percentile: number;
  readonly minimumCalls: number;
  readonly periodMs: number;
  readonly delayMs: number | undefined;
  readonly winner: "first" | "first-success";
  readonly budget: RetryBudget;
  readonly whenDone: WhenDone<Response> | undefined;
  readonly onHedge: ((event: HedgeEvent) => void) | undefined;
  readonly clock: Clock;
}
