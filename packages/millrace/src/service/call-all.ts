import { abortedError } from "../base/errors.js";
import { requireWhole } from "../base/options.js";
import {
  type AbortListener,
  type CallContext,
  type CallControl,
  createContext,
  deriveContext,
} from "./context.js";
import { faults } from "./fault.js";
import { type Outcome, outcomeOf, settleLike } from "./outcome.js";
import type { Service } from "./service.js";

/** How {@link callAll} and {@link callAllUnordered} call. */
export interface CallAllOptions {
  /**
   * Calls on the way at once, answers that nobody has taken yet included; a whole number of at least 1.
   * @defaultValue 16
   */
  readonly concurrency?: number | undefined;
  /**
   * The context that all calls derive from. When it is aborted, they are.
   * @defaultValue a new one
   */
  readonly context?: CallContext | undefined;
}

/**
 * Calls `service` with each of `requests`, and gives the responses in the order of the requests.
 *
 * Requests are taken as there is room for them, and no more than one while the service is not ready; a
 * slow source of them holds no answer back. The first failure, in order, is thrown and ends
 * the rest, as leaving the loop does. To see failures as values, wrap the service in `mapOutcome`. After
 * tower's `call_all`.
 *
 * @throws MillraceError `invalid-options`, at once, when `concurrency` is out of its range
 */
export function callAll<Request, Response>(
  service: Service<Request, Response>,
  requests: Iterable<Request> | AsyncIterable<Request>,
  options: CallAllOptions = {},
): AsyncGenerator<Response, void, undefined> {
  return new Calls(service, requests, { ...options, ordered: true }).responses();
}

/**
 * Calls `service` with each of `requests`, and gives the responses as they come. Otherwise as
 * {@link callAll}. After tower's `call_all_unordered`.
 *
 * @throws MillraceError `invalid-options`, at once, when `concurrency` is out of its range
 */
export function callAllUnordered<Request, Response>(
  service: Service<Request, Response>,
  requests: Iterable<Request> | AsyncIterable<Request>,
  options: CallAllOptions = {},
): AsyncGenerator<Response, void, undefined> {
  return new Calls(service, requests, { ...options, ordered: false }).responses();
}

type Answer<Response> = Outcome<Response> | Promise<Outcome<Response>>;

class Calls<Request, Response> implements AbortListener {
  readonly #service: Service<Request, Response>;
  readonly #requests: Iterable<Request> | AsyncIterable<Request>;
  readonly #ordered: boolean;
  readonly #concurrency: number;
  readonly #parent: CallContext | undefined;
  /** What is to be given next: calls in the order of their requests, or answers as they came. */
  readonly #answers: Answer<Response>[] = [];
  /** Calls made whose answers have not been given. */
  #open = 0;
  /** Whether no more calls will be made. */
  #ended = false;
  /** Why not, if that is a failure. */
  #failure: { readonly error: unknown } | undefined;
  /** Whether the source need not be told that no more is wanted. */
  #exhausted = false;
  #waiting: (() => void)[] = [];

  constructor(
    service: Service<Request, Response>,
    requests: Iterable<Request> | AsyncIterable<Request>,
    { concurrency = 16, context, ordered }: CallAllOptions & { readonly ordered: boolean },
  ) {
    requireWhole("callAll.concurrency", concurrency, 1);
    this.#service = service;
    this.#requests = requests;
    this.#ordered = ordered;
    this.#concurrency = concurrency;
    this.#parent = context;
  }

  async *responses(): AsyncGenerator<Response, void, undefined> {
    const context = this.#parent ? deriveContext(this.#parent) : createContext();
    const source =
      Symbol.asyncIterator in this.#requests
        ? this.#requests[Symbol.asyncIterator]()
        : this.#requests[Symbol.iterator]();
    context.onAbort(this);
    void this.#feed(source, context);
    try {
      while (this.#open > 0 || !this.#ended) {
        const next = this.#answers.shift();
        if (next) {
          const outcome = await next;
          this.#open -= 1;
          this.#changed();
          yield settleLike(outcome);
        } else if (context.aborted) throw context.reason;
        else await this.#change();
      }
      if (context.aborted) throw context.reason;
      if (this.#failure) throw this.#failure.error;
    } finally {
      context.offAbort(this);
      context.release();
      context.abort(abortedError("no more answers are wanted"));
      this.#changed();
      if (!this.#exhausted) void stop(source);
    }
  }

  /** @internal Nothing more is waited for. */
  callAborted(): void {
    this.#changed();
  }

  async #feed(source: Iterator<Request> | AsyncIterator<Request>, context: CallContext): Promise<void> {
    try {
      while (!context.aborted) {
        while (this.#open >= this.#concurrency && !context.aborted) await this.#change();
        if (context.aborted) break;
        const { done, value } = await this.#next(source);
        if (done) break;
        while (!this.#service.ready && !context.aborted) await this.#service.whenReady(context.signal);
        if (!context.aborted) this.#start(value, deriveContext(context));
      }
      this.#ended = true;
    } catch (error) {
      this.#ended = true;
      this.#failure = { error };
    }
    this.#changed();
  }

  async #next(source: Iterator<Request> | AsyncIterator<Request>): Promise<IteratorResult<Request>> {
    try {
      const next = await source.next();
      this.#exhausted = next.done === true;
      return next;
    } catch (error) {
      // One that threw has ended itself.
      this.#exhausted = true;
      throw error;
    }
  }

  #start(request: Request, context: CallControl): void {
    this.#open += 1;
    const answer = outcomeOf(this.#service.call(request, context));
    if (this.#ordered) this.#answers.push(answer);
    void answer.then((outcome) => {
      context.release();
      if (!this.#ordered) this.#answers.push(outcome);
      this.#changed();
    });
    this.#changed();
  }

  #change(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #changed(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}

/** Tells a source that no more is wanted. One that fails to take note of it is a fault. */
async function stop(source: Iterator<unknown> | AsyncIterator<unknown>): Promise<void> {
  try {
    await source.return?.();
  } catch (error) {
    faults.publish({ where: "callAll.requests", error });
  }
}
