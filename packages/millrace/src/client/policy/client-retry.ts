import { type Clock, systemClock } from "../../base/clock.js";
import { isMillraceError } from "../../base/errors.js";
import { requireRange, requireWhole } from "../../base/options.js";
import { type Random, systemRandom } from "../../base/random.js";
import { type CallContext, createContextKey } from "../../service/context.js";
import type { WhenDone } from "../../service/done.js";
import { retry } from "../../service/middleware/retry.js";
import type { Outcome } from "../../service/outcome.js";
import type { RetryBudget } from "../../service/retry/budget.js";
import type { Repeat, RetryEvent, RetryPolicy, RetryVerdict } from "../../service/retry/policy.js";
import type { Policy } from "../../service/service.js";
import { withCall } from "../../service/with-call.js";
import { callOptions } from "../call/call-options.js";
import { makeOwnCall } from "../call/own-call.js";
import { canGoElsewhere } from "../selection/elsewhere.js";
import { isLost } from "../selection/ending.js";
import { parseRetryAfter } from "./retry-after.js";

/** What becomes of a server's request to slow down: calls wait and are tried again, or the caller is told. */
export type ServerQos = "AutomaticRetry" | "Propagate429And503ToCaller";

/** What {@link clientRetry} tries again, and when. */
export interface ClientRetryOptions<Request, Response> extends Repeat<Request, Response> {
  /**
   * Whether a request may reach a server twice. What {@link callOptions} say of a call goes before it.
   */
  readonly isIdempotent: (request: Request, context: CallContext) => boolean;
  /**
   * Retries of a call, a whole number of at least 0; {@link callOptions} may say otherwise of one.
   * @defaultValue 4
   */
  readonly retries?: number | undefined;
  /**
   * The first wait is up to this long, in milliseconds, each later one up to twice as long as the one
   * before; 0 for none.
   * @defaultValue 250
   */
  readonly slotMs?: number | undefined;
  /** @defaultValue `AutomaticRetry` */
  readonly serverQos?: ServerQos | undefined;
  /**
   * Whether a request that may not reach a server twice is given up also after a 429 or 503, by which a
   * server usually says that it has done nothing.
   * @defaultValue false
   */
  readonly strictIdempotency?: boolean | undefined;
  /**
   * Reads a header of a response, by its name in lower case. Without it no server can ask for a wait, or
   * that nothing be tried again.
   * @defaultValue there is none
   */
  readonly header?: ((response: Response, name: string) => string | undefined) | undefined;
  /**
   * The longest wait a server may ask for, in milliseconds, at least 0. One that asks for more gets this.
   * @defaultValue 60_000
   */
  readonly retryAfterCapMs?: number | undefined;
  /**
   * Limits retries to a share of all calls.
   * @defaultValue that of {@link retry}: a fifth of the calls, and ten a second
   */
  readonly budget?: RetryBudget | undefined;
  /** Says when a response has been read. @defaultValue at once */
  readonly whenDone?: WhenDone<Response> | undefined;
  /** Told of each attempt that was to be repeated. What it throws is a fault. */
  readonly onRetry?: ((event: RetryEvent<Response>) => void) | undefined;
  /** @defaultValue {@link systemRandom} */
  readonly random?: Random | undefined;
  /** @defaultValue {@link systemClock} */
  readonly clock?: Clock | undefined;
}

/**
 * Tries again what conjure_runtime does: a 429 or 503 whatever the request; a lost connection and a status of
 * exactly 500 if the request is idempotent; a connection that never was in any case. Nothing else, and
 * nothing once the caller gave up or the server said `QoS-Retry-Hint: do-not-retry`.
 *
 * Before the nth retry it waits for a random time up to `slotMs` times 2 to the n-1, or as long as
 * `Retry-After` of a 429 or 503 says. The first retry waits for nothing when the choice of nodes knows of another
 * one that would take it at once (`ADAPTIVE` does). Attempts that a proxy says it made (`Proxy-Upstream-Request-Attempts`)
 * count like its own; those of a retry around this one do not.
 *
 * @throws MillraceError `invalid-options`, at once, when an option is out of its range
 */
export function clientRetry<Request, Response extends { readonly status: number }>(
  options: ClientRetryOptions<Request, Response>,
): Policy<Request, Response> {
  const policy = new QosPolicy(options);
  const { budget, whenDone, onRetry, clock } = options;
  const layer = retry({ policy, attempts: Infinity, budget, whenDone, onRetry, clock });
  return (inner) => {
    const retrying = layer(inner);
    return withCall(retrying, (request, context) =>
      // Whoever tries again around this has attempts of its own: those are not this layer's.
      context.attempt === context.origin.attempt
        ? retrying.call(request, context)
        : makeOwnCall(retrying, request, { context, whenDone }),
    );
  };
}

class QosPolicy<Request, Response extends { readonly status: number }>
  implements RetryPolicy<Request, Response>
{
  readonly #options: ClientRetryOptions<Request, Response>;
  readonly #retries: number;
  readonly #slotMs: number;
  readonly #capMs: number;
  readonly #random: Random;
  readonly #clock: Clock;

  constructor(options: ClientRetryOptions<Request, Response>) {
    const { retries = 4, slotMs = 250, retryAfterCapMs = 60_000 } = options;
    requireWhole("clientRetry.retries", retries, 0);
    requireRange("clientRetry.slotMs", slotMs, 0, Number.MAX_SAFE_INTEGER);
    requireRange("clientRetry.retryAfterCapMs", retryAfterCapMs, 0, Infinity);
    this.#options = options;
    this.#retries = retries;
    this.#slotMs = slotMs;
    this.#capMs = retryAfterCapMs;
    this.#random = options.random ?? systemRandom;
    this.#clock = options.clock ?? systemClock;
  }

  shouldRetry(request: Request, outcome: Outcome<Response>, context: CallContext): RetryVerdict {
    if ("response" in outcome && outcome.response.status < 429) return false;
    if (!this.#passes(request, outcome, context)) return false;
    const failures = context.attempt - context.origin.attempt + 1 + this.#triedByProxies(outcome, context);
    if (failures > (context.get(callOptions)?.maxRetries ?? this.#retries)) return false;
    return { delayMs: this.#askedMs(outcome) ?? this.#ownDelayMs(context) };
  }

  again(request: Request): Request | undefined {
    return this.#options.again ? this.#options.again(request) : request;
  }

  discard(response: Response): void {
    this.#options.discard?.(response);
  }

  /** Whether a failure passes with time, and the request may be sent again. */
  #passes(request: Request, outcome: Outcome<Response>, context: CallContext): boolean {
    if ("response" in outcome) {
      const { status } = outcome.response;
      if (this.#header(outcome.response, "qos-retry-hint")?.trim().toLowerCase() === "do-not-retry")
        return false;
      if (status === 500) return this.#isIdempotent(request, context);
      if (!isQos(status) || this.#options.serverQos === "Propagate429And503ToCaller") return false;
      return !this.#options.strictIdempotency || this.#isIdempotent(request, context);
    }
    if (!isLost(outcome.error)) return false;
    return (isMillraceError(outcome.error) && outcome.error.unsent) || this.#isIdempotent(request, context);
  }

  #isIdempotent(request: Request, context: CallContext): boolean {
    return context.get(callOptions)?.idempotent ?? this.#options.isIdempotent(request, context);
  }

  /** How many more attempts than it knows of have been made of a call, by what proxies say. */
  #triedByProxies(outcome: Outcome<Response>, context: CallContext): number {
    const isFirst = context.attempt === context.origin.attempt;
    const before = isFirst ? 0 : (context.origin.get(attemptsOfProxies) ?? 0);
    const text = "response" in outcome && this.#header(outcome.response, "proxy-upstream-request-attempts");
    const more = text && /^[1-9]\d?$/.test(text) ? Number(text) - 1 : 0;
    if (before + more > 0 || !isFirst) context.origin.set(attemptsOfProxies, before + more);
    return before + more;
  }

  #ownDelayMs(context: CallContext): number {
    if (canGoElsewhere(context)) return 0;
    return this.#random() * this.#slotMs * 2 ** (context.attempt - context.origin.attempt);
  }

  #askedMs(outcome: Outcome<Response>): number | undefined {
    if (!("response" in outcome) || !isQos(outcome.response.status)) return undefined;
    const value = this.#header(outcome.response, "retry-after");
    const askedMs = value === undefined ? undefined : parseRetryAfter(value, this.#clock.wallTime());
    return askedMs === undefined ? undefined : Math.min(askedMs, this.#capMs);
  }

  #header(response: Response, name: string): string | undefined {
    return this.#options.header?.(response, name);
  }
}

/** What proxies have tried beyond this client's own attempts. */
const attemptsOfProxies = createContextKey<number>("millrace.client.attemptsOfProxies");

function isQos(status: number): boolean {
  return status === 429 || status === 503;
}
