import { createDeferred } from "../base/deferred.js";
import { WaitLine } from "../base/wait-line.js";
import type { AbortListener, CallContext } from "../service/context.js";
import type { Service } from "../service/service.js";

/** How a {@link MockService} behaves. */
export interface MockServiceOptions {
  /**
   * How many calls may start before {@link MockService.allow} lets more in.
   * @defaultValue `Infinity`
   */
  readonly allowed?: number | undefined;
  /**
   * Whether calls go on when their caller gives up, as those of a careless service do.
   * @defaultValue false: they fail with the caller's reason
   */
  readonly deaf?: boolean | undefined;
}

/**
 * A service in the hands of a test: it writes down every call, and each stays open until the test
 * answers or fails it. By how many calls it allows the test decides when it is ready.
 */
export class MockService<Request, Response> implements Service<Request, Response> {
  /** The calls that started, in that order. */
  readonly calls: MockCall<Request, Response>[] = [];
  readonly #line = new WaitLine();
  readonly #readyLine = new WaitLine();
  readonly #deaf: boolean;
  #allowed: number;
  #broken: { readonly error: unknown } | undefined;

  constructor(options: MockServiceOptions = {}) {
    this.#allowed = options.allowed ?? Infinity;
    this.#deaf = options.deaf ?? false;
  }

  get ready(): boolean {
    return this.#allowed > 0 && !this.#broken;
  }

  /** Calls that wait until they are allowed to start. */
  get waiting(): number {
    return this.#line.length;
  }

  /** The call that started last. Fails when there was none. */
  get last(): MockCall<Request, Response> {
    const call = this.calls.at(-1);
    if (!call) throw new Error("the mock service has had no call");
    return call;
  }

  whenReady(signal?: AbortSignal): Promise<void> {
    if (this.#broken) return Promise.reject(this.#broken.error as Error);
    return this.ready ? Promise.resolve() : this.#readyLine.join(signal);
  }

  call(request: Request, context: CallContext): Promise<Response> {
    if (context.aborted) return Promise.reject(context.reason as Error);
    if (this.#broken) return Promise.reject(this.#broken.error as Error);
    if (this.ready) {
      this.#allowed -= 1;
      return this.#start(request, context);
    }
    return this.#line.join(context.signal).then(() => this.#start(request, context));
  }

  /** Lets the next `count` calls start, those in line first, and no more: 0 makes it not ready. */
  allow(count: number): void {
    this.#allowed = count;
    while (this.#allowed > 0 && this.#line.releaseOne()) this.#allowed -= 1;
    if (this.ready) this.#readyLine.releaseAll();
  }

  /** Breaks the service for good: all who wait, and all calls from now on, fail with `error`. */
  break(error: unknown): void {
    this.#broken = { error };
    this.#line.rejectAll(error);
    this.#readyLine.rejectAll(error);
  }

  #start(request: Request, context: CallContext): Promise<Response> {
    const call = new MockCall<Request, Response>(request, context);
    this.calls.push(call);
    if (!this.#deaf) context.onAbort(call);
    return call.answer;
  }
}

/** One call of a {@link MockService}. */
export class MockCall<Request, Response> implements AbortListener {
  /** What was asked for. */
  readonly request: Request;
  /** The context that came with it. */
  readonly context: CallContext;
  /** What the caller was given. */
  readonly answer: Promise<Response>;
  readonly #deferred = createDeferred<Response>();
  #settled = false;

  constructor(request: Request, context: CallContext) {
    this.request = request;
    this.context = context;
    this.answer = this.#deferred.promise;
  }

  /** Whether it was answered, failed or given up. */
  get settled(): boolean {
    return this.#settled;
  }

  /** Answers the call. The first to settle it wins. */
  respond(response: Response): void {
    this.#settle();
    this.#deferred.resolve(response);
  }

  /** Fails the call. The first to settle it wins. */
  fail(error: unknown): void {
    this.#settle();
    this.#deferred.reject(error);
  }

  /** @internal Fails with the reason of a caller that gave up. */
  callAborted(reason: unknown): void {
    this.fail(reason);
  }

  #settle(): void {
    this.#settled = true;
    this.context.offAbort(this);
  }
}
