import { requireOptionalFunctions } from "../../base/options.js";
import { Semaphore } from "../../base/semaphore.js";
import type { CallContext } from "../context.js";
import { type WhenDone, whenOver } from "../done.js";
import { Permit } from "../permit.js";
import type { Policy, Service } from "../service.js";

/** How many calls {@link concurrencyLimit} lets run. */
export interface ConcurrencyLimitOptions<Response> {
  /**
   * Calls in flight at once, a whole number of at least 1: for each service the layer wraps, its own
   * limit. A {@link Semaphore} instead is one limit shared by all who use it, and can be resized.
   */
  readonly limit: number | Semaphore;
  /**
   * Says when a response has been read, which ends the call.
   * @defaultValue a call ends as soon as its response is there
   */
  readonly whenDone?: WhenDone<Response> | undefined;
}

/**
 * Lets at most `limit` calls run at once; the others wait in line, first come first served. One that is
 * aborted while it waits leaves the line.
 *
 * The line has no end: put {@link loadShed} outside to refuse what would have to wait. After tower's
 * `ConcurrencyLimit` and `GlobalConcurrencyLimit`.
 *
 * @throws MillraceError `invalid-options`, at once, when `limit` is a number but not a whole one from 1
 */
export function concurrencyLimit<Request, Response>(
  options: ConcurrencyLimitOptions<Response>,
): Policy<Request, Response> {
  const { limit, whenDone } = options;
  if (!isSemaphore(limit)) new Semaphore(limit);
  requireOptionalFunctions("concurrencyLimit", options, "whenDone");
  return (inner) => new LimitedService(inner, isSemaphore(limit) ? limit : new Semaphore(limit), whenDone);
}

/** One of another copy of this package, too. */
function isSemaphore(limit: number | Semaphore): limit is Semaphore {
  return typeof (limit as Partial<Semaphore> | null)?.acquire === "function";
}

class LimitedService<Request, Response> implements Service<Request, Response> {
  readonly #inner: Service<Request, Response>;
  readonly #permits: Semaphore;
  readonly #whenDone: WhenDone<Response> | undefined;

  constructor(
    inner: Service<Request, Response>,
    permits: Semaphore,
    whenDone: WhenDone<Response> | undefined,
  ) {
    this.#inner = inner;
    this.#permits = permits;
    this.#whenDone = whenDone;
  }

  get ready(): boolean {
    return this.#permits.available && this.#inner.ready;
  }

  whenReady(signal?: AbortSignal): Promise<void> {
    if (this.#permits.available) return this.#inner.whenReady(signal);
    return this.#permits.acquire(signal).then(this.#release);
  }

  call(request: Request, context: CallContext): Promise<Response> {
    if (this.#permits.tryAcquire()) return this.#run(request, context);
    if (context.aborted) return Promise.reject(context.reason as Error);
    return this.#permits.acquire(context.signal).then(() => this.#run(request, context));
  }

  #run(request: Request, context: CallContext): Promise<Response> {
    const answer = this.#inner.call(request, context);
    answer.then(this.#whenDone ? this.#releaseWhenDone : this.#release, this.#release);
    return answer;
  }

  readonly #release = () => this.#permits.release();

  readonly #releaseWhenDone = (response: Response) =>
    whenOver(this.#whenDone, response, new Permit(this.#permits));
}
