import { Backoff, type BackoffOptions } from "../../base/backoff.js";
import { type Clock, systemClock } from "../../base/clock.js";
import {
  requireFunctions,
  requireGroup,
  requireOptionalFunctions,
  requireWhole,
} from "../../base/options.js";
import type { CallContext } from "../context.js";
import type { WhenDone } from "../done.js";
import { type Outcome, settleLike } from "../outcome.js";
import { depositTo, verdictOf } from "../retry/ask.js";
import { type RetryBudget, TpsBudget } from "../retry/budget.js";
import type { RetryEvent, RetryPolicy } from "../retry/policy.js";
import { RetriedCall, type RetrySettings } from "../retry/retried-call.js";
import type { Policy, Service } from "../service.js";

/** What {@link retry} tries again, how often and when. */
export interface RetryOptions<Request, Response> {
  /** Decides what is tried again. */
  readonly policy: RetryPolicy<Request, Response>;
  /**
   * Attempts in all, the first included; a whole number of at least 1.
   * @defaultValue 2
   */
  readonly attempts?: number | undefined;
  /**
   * Limits retries to a share of all calls. To share it, share the object.
   * @defaultValue a {@link TpsBudget} with its defaults, one for all services the layer wraps
   */
  readonly budget?: RetryBudget | undefined;
  /**
   * Waits between the attempts of a call; where the policy asks for a longer one, that counts.
   * @defaultValue none: the next attempt starts at once
   */
  readonly backoff?: BackoffOptions | undefined;
  /**
   * Says when a response has been read, so that a caller who gives up while reading is still heard below.
   * @defaultValue a response is done with as soon as it is there
   */
  readonly whenDone?: WhenDone<Response> | undefined;
  /** Told of each attempt that the policy wanted to repeat. What it throws goes to {@link faults}. */
  readonly onRetry?: ((event: RetryEvent<Response>) => void) | undefined;
  /** @defaultValue {@link systemClock} */
  readonly clock?: Clock | undefined;
}

/**
 * Tries a call again when its policy says so, as long as attempts, deadline and budget allow. Otherwise
 * the last outcome stands, untouched; but an error that says `unsent` does so no more where an earlier attempt may have
 * been seen.
 *
 * The first attempt runs in the caller's own context, later ones in one derived from it. Nothing is
 * tried once the caller gave up. After tower's `retry`.
 *
 * @throws MillraceError `invalid-options`, at once, when an option is out of its range, or there is no policy
 */
export function retry<Request, Response>(
  options: RetryOptions<Request, Response>,
): Policy<Request, Response> {
  const settings = retrySettings(options);
  return (inner) => new RetryingService(inner, settings);
}

function retrySettings<Request, Response>(
  options: RetryOptions<Request, Response>,
): RetrySettings<Request, Response> {
  const { attempts = 2, clock = systemClock, budget = new TpsBudget({ clock }), backoff } = options;
  requireWhole("retry.attempts", attempts, 1);
  if (backoff) new Backoff(backoff);
  const { policy, whenDone, onRetry } = options;
  requireOptionalFunctions("retry", options, "whenDone", "onRetry");
  requireGroup("retry.backoff", backoff);
  requireFunctions("retry.policy", policy, "shouldRetry");
  requireFunctions("retry.budget", budget, "deposit", "withdraw");
  return { policy, attempts, budget, backoff, whenDone, onRetry, clock };
}

class RetryingService<Request, Response> implements Service<Request, Response> {
  readonly #inner: Service<Request, Response>;
  readonly #settings: RetrySettings<Request, Response>;

  constructor(inner: Service<Request, Response>, settings: RetrySettings<Request, Response>) {
    this.#inner = inner;
    this.#settings = settings;
  }

  get ready(): boolean {
    return this.#inner.ready;
  }

  whenReady(signal?: AbortSignal): Promise<void> {
    return this.#inner.whenReady(signal);
  }

  call(request: Request, context: CallContext): Promise<Response> {
    depositTo(this.#settings.budget);
    return this.#inner.call(request, context).then(
      (response) => this.#judge(request, { response }, context),
      (error: unknown) => this.#judge(request, { error }, context),
    );
  }

  #judge(request: Request, outcome: Outcome<Response>, context: CallContext): Response | Promise<Response> {
    const { attempts, policy } = this.#settings;
    if (attempts === 1 || context.aborted) return settleLike(outcome);
    const verdict = verdictOf(policy, request, outcome, context);
    if (verdict === false) return settleLike(outcome);
    return new RetriedCall(this.#settings, this.#inner, request, context).run(outcome, verdict);
  }
}
