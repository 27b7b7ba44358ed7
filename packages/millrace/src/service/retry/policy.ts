import type { CallContext } from "../context.js";
import type { Outcome } from "../outcome.js";

/** Whether to try again: no, yes, or yes on conditions. */
export type RetryVerdict = boolean | RetryConditions;

/** How an attempt is to be made that the policy wants. */
export interface RetryConditions {
  /** Least wait before it, in milliseconds. */
  readonly delayMs: number;
  /**
   * Whether it takes nothing from the budget: for a call that nobody has been asked to work for, and that will not ask
   * anybody before there is reason to.
   * @defaultValue false
   */
  readonly free?: boolean | undefined;
}

/** How a request is sent a second time, after the first attempt or beside it. */
export interface Repeat<Request, Response> {
  /**
   * The request for one more attempt; `undefined` when it cannot be sent again, say because its body is
   * used up. Without this member every request is sent again as it is.
   */
  again?(request: Request): Request | undefined;
  /** Lets go of a response that nobody will read: ends its body, so that its connection is free. */
  discard?(response: Response): void;
}

/**
 * Decides what is tried again. All knowledge of the protocol is here: which failures pass with time,
 * which requests may reach the peer twice (an `unsent` one always may, another only if it is idempotent).
 */
export interface RetryPolicy<Request, Response> extends Repeat<Request, Response> {
  /**
   * Judges how an attempt ended. Asked after every attempt but the last one allowed, successful ones
   * included, and never once the caller gave up. Must be quick to say no to a success.
   */
  shouldRetry(request: Request, outcome: Outcome<Response>, context: CallContext): RetryVerdict;
}

/** What became of an attempt that the policy wanted to repeat. */
export interface RetryEvent<Response> {
  /** `retry`: another attempt follows. Otherwise the outcome stands, for the reason named. */
  readonly kind: "retry" | "budget-exhausted" | "not-repeatable" | "past-deadline";
  /** The attempt that ended, from 1. */
  readonly attempt: number;
  /** How it ended. A response in it is let go of right after the event: look, but do not read it. */
  readonly outcome: Outcome<Response>;
  /** The wait before the next attempt, in milliseconds. */
  readonly delayMs: number;
}
