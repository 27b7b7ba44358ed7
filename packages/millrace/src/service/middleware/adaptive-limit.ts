import { type Clock, systemClock } from "../../base/clock.js";
import { isMillraceError } from "../../base/errors.js";
import { invalidOption, requireOptionalFunctions, requireRange } from "../../base/options.js";
import { Semaphore } from "../../base/semaphore.js";
import type { CallContext } from "../context.js";
import { type WhenDone, whenOver } from "../done.js";
import { faults, tell } from "../fault.js";
import { AimdLimit } from "../limit/aimd-limit.js";
import type { LimitAlgorithm, LimitSample, LimitVerdict } from "../limit/limit-algorithm.js";
import type { Outcome } from "../outcome.js";
import { Permit } from "../permit.js";
import type { Policy, Service } from "../service.js";

/** How {@link adaptiveLimit} finds its limit. */
export interface AdaptiveLimitOptions<Response> {
  /**
   * Makes the algorithm that learns the limit: once for each service the layer wraps, and once at the
   * beginning, so that options out of range are found then. What it throws later goes to `faults`, and the
   * limit stays what it was.
   * @defaultValue an {@link AimdLimit} with its defaults
   */
  readonly algorithm?: (() => LimitAlgorithm) | undefined;
  /**
   * Says what a call tells about the room there is; not asked when the caller gave up. One that throws
   * has said `ignored`.
   * @defaultValue responses are good; timeouts, broken or refused connections and `overloaded` are dropped;
   * other errors are ignored
   */
  readonly judge?: ((outcome: Outcome<Response>) => LimitVerdict) | undefined;
  /**
   * Says when a response has been read, which gives the place back. How long a call took is counted up to
   * its response in either case.
   * @defaultValue a call ends as soon as its response is there
   */
  readonly whenDone?: WhenDone<Response> | undefined;
  /** Told each time the limit, as a whole number, has changed. What it throws goes to `faults`. */
  readonly onLimit?: ((limit: number) => void) | undefined;
  /** @defaultValue {@link systemClock} */
  readonly clock?: Clock | undefined;
}

/**
 * A {@link concurrencyLimit} that finds its limit by itself, from how calls end. The others wait in line,
 * first come first served.
 *
 * One for each peer: inside of a balancer, inside of `retry` (each attempt tells something) and outside of
 * `timeout`. With a limit for each kind of request as well, put that one outside, so that calls of a
 * throttled kind do not wait while they hold places of the peer. After Dialogue's limiters; tower has none.
 *
 * @throws MillraceError `invalid-options`, at once, when an option of the algorithm is out of its range
 */
export function adaptiveLimit<Request, Response>(
  options: AdaptiveLimitOptions<Response> = {},
): Policy<Request, Response> {
  requireOptionalFunctions("adaptiveLimit", options, "algorithm", "whenDone");
  if (options.algorithm) beginningOf(options.algorithm());
  return (inner) => new AdaptiveService(inner, options);
}

class AdaptiveService<Request, Response> implements Service<Request, Response> {
  readonly #inner: Service<Request, Response>;
  readonly #algorithm: LimitAlgorithm;
  readonly #permits: Semaphore;
  readonly #judge: (outcome: Outcome<Response>) => LimitVerdict;
  readonly #whenDone: WhenDone<Response> | undefined;
  readonly #onLimit: ((limit: number) => void) | undefined;
  readonly #clock: Clock;

  constructor(inner: Service<Request, Response>, options: AdaptiveLimitOptions<Response>) {
    const { algorithm = aimd, judge = usualVerdict, whenDone, onLimit, clock = systemClock } = options;
    this.#inner = inner;
    this.#algorithm = algorithm();
    this.#permits = new Semaphore(beginningOf(this.#algorithm));
    this.#judge = judge;
    this.#whenDone = whenDone;
    this.#onLimit = onLimit;
    this.#clock = clock;
  }

  get ready(): boolean {
    return this.#permits.available && this.#inner.ready;
  }

  whenReady(signal?: AbortSignal): Promise<void> {
    if (this.#permits.available) return this.#inner.whenReady(signal);
    return this.#permits.acquire(signal).then(() => this.#permits.release());
  }

  call(request: Request, context: CallContext): Promise<Response> {
    if (context.aborted) return Promise.reject(context.reason as Error);
    if (this.#permits.tryAcquire()) return this.#run(request, context);
    return this.#permits.acquire(context.signal).then(() => this.#run(request, context));
  }

  #run(request: Request, context: CallContext): Promise<Response> {
    const inFlight = this.#permits.taken;
    const startedAt = this.#clock.now();
    const answer = this.#inner.call(request, context);
    answer.then(
      (response) => {
        this.#learn({ response }, startedAt, inFlight);
        whenOver(this.#whenDone, response, new Permit(this.#permits));
      },
      (error: unknown) => {
        if (!context.aborted) this.#learn({ error }, startedAt, inFlight);
        this.#permits.release();
      },
    );
    return answer;
  }

  #learn(outcome: Outcome<Response>, startedAt: number, inFlight: number): void {
    const verdict = this.#verdict(outcome);
    if (verdict === "ignored") return;
    const limit = this.#limitAfter({ verdict, rttMs: this.#clock.now() - startedAt, inFlight });
    if (limit === this.#permits.capacity) return;
    this.#permits.capacity = limit;
    tell("adaptiveLimit.onLimit", this.#onLimit, limit);
  }

  #limitAfter(sample: LimitSample): number {
    try {
      this.#algorithm.note(sample);
      const { limit } = this.#algorithm;
      requireRange("adaptiveLimit.algorithm.limit", limit, -Infinity, Infinity);
      return Math.max(1, Math.floor(limit));
    } catch (error) {
      faults.publish({ where: "adaptiveLimit.algorithm", error });
      return this.#permits.capacity;
    }
  }

  #verdict(outcome: Outcome<Response>): LimitVerdict {
    try {
      return this.#judge(outcome);
    } catch (error) {
      faults.publish({ where: "adaptiveLimit.judge", error });
      return "ignored";
    }
  }
}

/** The limit that `algorithm` begins with. */
function beginningOf({ limit }: LimitAlgorithm): number {
  if (limit >= 1) return Math.floor(limit);
  throw invalidOption("adaptiveLimit.algorithm.limit", "a number of at least 1", limit);
}

function aimd(): LimitAlgorithm {
  return new AimdLimit();
}

const dropped = ["timeout", "overloaded", "connect-failed", "connection-lost"] as const;

function usualVerdict(outcome: Outcome<unknown>): LimitVerdict {
  if ("response" in outcome) return "success";
  return dropped.some((code) => isMillraceError(outcome.error, code)) ? "dropped" : "ignored";
}
