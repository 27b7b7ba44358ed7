import { Backoff, type BackoffOptions } from "../../base/backoff.js";
import { type Clock, sleep, systemClock } from "../../base/clock.js";
import { requireWhole } from "../../base/options.js";
import { type CallContext, type CallControl, deriveContext } from "../context.js";
import type { WhenDone } from "../done.js";
import type { Outcome } from "../outcome.js";
import { type RetryBudget, TpsBudget } from "../retry/budget.js";
import type { RetryEvent, RetryPolicy, RetryVerdict } from "../retry/policy.js";
import type { Policy, Service } from "../service.js";

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
  /** Told of each attempt that the policy wanted to repeat. Must not throw. */
  readonly onRetry?: ((event: RetryEvent<Response>) => void) | undefined;
  /** @defaultValue {@link systemClock} */
  readonly clock?: Clock | undefined;
}

/**
 * Tries a call again when its policy says so, as long as attempts, deadline and budget allow. Otherwise
 * the last outcome stands, untouched.
 *
 * The first attempt runs in the caller's own context, later ones in one derived from it. Nothing is
 * tried once the caller gave up.
 *
 * @throws MillraceError `invalid-options`, at once, when an option is out of its range
 */
export function retry<Request, Response>(
  options: RetryOptions<Request, Response>,
): Policy<Request, Response> {
  const settings = retrySettings(options);
  return (inner) => new RetryingService(inner, settings);
}

type Settings<Request, Response> = RetryOptions<Request, Response> & {
  readonly attempts: number;
  readonly budget: RetryBudget;
  readonly clock: Clock;
};

function retrySettings<Request, Response>(
  options: RetryOptions<Request, Response>,
): Settings<Request, Response> {
  const { attempts = 2, clock = systemClock, budget = new TpsBudget({ clock }), backoff } = options;
  requireWhole("retry.attempts", attempts, 1);
  if (backoff) new Backoff(backoff);
  return { ...options, attempts, clock, budget };
}

class RetryingService<Request, Response> implements Service<Request, Response> {
  readonly #inner: Service<Request, Response>;
  readonly #settings: Settings<Request, Response>;

  constructor(inner: Service<Request, Response>, settings: Settings<Request, Response>) {
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
    this.#settings.budget.deposit();
    return this.#inner.call(request, context).then(
      (response) => this.#judge(request, { response }, context),
      (error: unknown) => this.#judge(request, { error }, context),
    );
  }

  #judge(request: Request, outcome: Outcome<Response>, context: CallContext): Response | Promise<Response> {
    const { attempts, policy } = this.#settings;
    if (attempts === 1 || context.aborted) return settle(outcome);
    const verdict = policy.shouldRetry(request, outcome, context);
    if (verdict === false) return settle(outcome);
    return new RetriedCall(this.#settings, this.#inner, request, context).run(outcome, verdict);
  }
}

/** A call whose first attempt the policy did not accept. */
class RetriedCall<Request, Response> {
  readonly #settings: Settings<Request, Response>;
  readonly #inner: Service<Request, Response>;
  readonly #context: CallContext;
  readonly #backoff: Backoff | undefined;
  #request: Request;
  #attempt = 1;

  constructor(
    settings: Settings<Request, Response>,
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

  async run(outcome: Outcome<Response>, verdict: RetryVerdict): Promise<Response> {
    const { policy, clock, whenDone } = this.#settings;
    let control: CallControl | undefined;
    while (verdict !== false) {
      const delayMs = this.#delay(verdict);
      if (!this.#allowed(outcome, delayMs)) break;
      if ("response" in outcome) policy.discard?.(outcome.response);
      control?.release();
      if (delayMs > 0) await sleep(clock, delayMs, this.#context.signal);

      this.#attempt += 1;
      control = deriveContext(this.#context, { attempt: this.#context.attempt + this.#attempt - 1 });
      outcome = await outcomeOf(this.#inner.call(this.#request, control));
      verdict = this.#judge(outcome, control);
    }
    if (control && whenDone && "response" in outcome) whenDone(outcome.response, control);
    else control?.release();
    return settle(outcome);
  }

  #judge(outcome: Outcome<Response>, context: CallContext): RetryVerdict {
    if (this.#attempt >= this.#settings.attempts || context.aborted) return false;
    return this.#settings.policy.shouldRetry(this.#request, outcome, context);
  }

  #delay(verdict: RetryVerdict): number {
    const asked = typeof verdict === "object" ? verdict.delayMs : 0;
    return Math.max(asked, this.#backoff?.next() ?? 0);
  }

  /** Makes ready for the next attempt, if there may be one, and tells the observer either way. */
  #allowed(outcome: Outcome<Response>, delayMs: number): boolean {
    const kind = this.#prepare(delayMs);
    this.#settings.onRetry?.({ kind, attempt: this.#attempt, outcome, delayMs });
    return kind === "retry";
  }

  #prepare(delayMs: number): RetryEvent<Response>["kind"] {
    const { policy, clock, budget } = this.#settings;
    const { deadline } = this.#context;
    if (deadline !== Infinity && clock.now() + delayMs >= deadline) return "past-deadline";
    const request = policy.again ? policy.again(this.#request) : this.#request;
    if (request === undefined) return "not-repeatable";
    if (!budget.withdraw()) return "budget-exhausted";
    this.#request = request;
    return "retry";
  }
}

function outcomeOf<Response>(answer: Promise<Response>): Promise<Outcome<Response>> {
  return answer.then(
    (response) => ({ response }),
    (error: unknown) => ({ error }),
  );
}

function settle<Response>(outcome: Outcome<Response>): Response {
  if ("response" in outcome) return outcome.response;
  throw outcome.error;
}
