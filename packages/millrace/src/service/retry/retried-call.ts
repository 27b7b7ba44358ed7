import { Backoff, type BackoffOptions } from "../../base/backoff.js";
import { type Clock, sleep } from "../../base/clock.js";
import { isMillraceError, MillraceError } from "../../base/errors.js";
import { type CallContext, type CallControl, deriveContext } from "../context.js";
import { type WhenDone, whenOver } from "../done.js";
import { tell } from "../fault.js";
import { type Outcome, outcomeOf, settleLike } from "../outcome.js";
import type { Service } from "../service.js";
import { discardWith, requestAgain, verdictOf, withdrawFrom } from "./ask.js";
import type { RetryBudget } from "./budget.js";
import type { RetryConditions, RetryEvent, RetryPolicy, RetryVerdict } from "./policy.js";

/** The options of {@link retry}, checked and complete. */
export interface RetrySettings<Request, Response> {
  readonly policy: RetryPolicy<Request, Response>;
  readonly attempts: number;
  readonly budget: RetryBudget;
  readonly backoff: BackoffOptions | undefined;
  readonly whenDone: WhenDone<Response> | undefined;
  readonly onRetry: ((event: RetryEvent<Response>) => void) | undefined;
  readonly clock: Clock;
}

/** A call whose first attempt the policy did not accept. */
export class RetriedCall<Request, Response> {
  readonly #settings: RetrySettings<Request, Response>;
  readonly #inner: Service<Request, Response>;
  readonly #context: CallContext;
  readonly #backoff: Backoff | undefined;
  #request: Request;
  #attempt = 1;
  #unsent = true;

  constructor(
    settings: RetrySettings<Request, Response>,
    inner: Service<Request, Response>,
    request: Request,
    context: CallContext,
  ) {
    this.#settings = settings;
    this.#inner = inner;
    this.#request = request;
    this.#context = context;
    this.#backoff = settings.backoff && new Backoff(settings.backoff);
  }

  /** Makes later attempts as long as they are wanted and allowed, and settles like the last one. */
  async run(outcome: Outcome<Response>, verdict: RetryVerdict): Promise<Response> {
    const { policy, clock, whenDone } = this.#settings;
    let control: CallControl | undefined;
    while (verdict !== false) {
      this.#unsent &&= isUnsent(outcome);
      const delayMs = this.#delay(verdict);
      const free = typeof verdict === "object" && verdict.free === true;
      if (!this.#allowed(outcome, { delayMs, free })) break;
      if ("response" in outcome) discardWith(policy, outcome.response);
      control?.release();
      if (delayMs > 0) await sleep(clock, delayMs, this.#context.signal);

      this.#attempt += 1;
      control = deriveContext(this.#context, { attempt: this.#context.attempt + this.#attempt - 1 });
      outcome = await outcomeOf(this.#inner.call(this.#request, control));
      verdict = this.#judge(outcome, control);
    }
    if (control && "response" in outcome) whenOver(whenDone, outcome.response, control);
    else control?.release();
    return settleLike(this.#unsent ? outcome : ofCall(outcome));
  }

  #judge(outcome: Outcome<Response>, context: CallContext): RetryVerdict {
    if (this.#attempt >= this.#settings.attempts || context.aborted) return false;
    return verdictOf(this.#settings.policy, this.#request, outcome, context);
  }

  #delay(verdict: RetryVerdict): number {
    const asked = typeof verdict === "object" ? verdict.delayMs : 0;
    return Math.max(asked, this.#backoff?.next() ?? 0);
  }

  /** Makes ready for the next attempt, if there may be one, and tells the observer either way. */
  #allowed(outcome: Outcome<Response>, conditions: RetryConditions): boolean {
    const { delayMs } = conditions;
    const kind = this.#prepare(conditions);
    tell("retry.onRetry", this.#settings.onRetry, { kind, attempt: this.#attempt, outcome, delayMs });
    return kind === "retry";
  }

  #prepare({ delayMs, free }: RetryConditions): RetryEvent<Response>["kind"] {
    const { policy, clock, budget } = this.#settings;
    const { deadline } = this.#context;
    if (deadline !== Infinity && clock.now() + delayMs >= deadline) return "past-deadline";
    const request = requestAgain(policy, this.#request);
    if (request === undefined) return "not-repeatable";
    if (!free && !withdrawFrom(budget)) return "budget-exhausted";
    this.#request = request;
    return "retry";
  }
}

function isUnsent<Response>(outcome: Outcome<Response>): boolean {
  return "error" in outcome && isMillraceError(outcome.error) && outcome.error.unsent;
}

/** What the last attempt is certain of, the call is not when an earlier one may have been seen. */
function ofCall<Response>(outcome: Outcome<Response>): Outcome<Response> {
  if (!("error" in outcome) || !isUnsent(outcome)) return outcome;
  const last = outcome.error as MillraceError;
  const { message, code, phase, retryAfterMs } = last;
  return { error: new MillraceError(message, { code, phase, retryAfterMs, unsent: false, cause: last }) };
}
