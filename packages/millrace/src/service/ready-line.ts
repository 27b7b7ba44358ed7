import { WaitLine } from "../base/wait-line.js";
import type { AbortListener, CallContext } from "./context.js";
import type { Service } from "./service.js";

/**
 * Holds calls back while the inner service is not ready, and starts them in the order they came as it
 * becomes so. A call that finds it ready and nobody before it starts at once; one that is aborted leaves.
 *
 * Once the inner service can never be ready again, those in line and all who come later fail with its error.
 */
export class ReadyLine<Request, Response> implements Service<Request, Response> {
  readonly #inner: Service<Request, Response>;
  readonly #line = new Set<Waiting<Request, Response>>();
  readonly #watchers = new WaitLine();
  #wait: AbortController | undefined;
  #broken: { readonly error: unknown } | undefined;

  constructor(inner: Service<Request, Response>) {
    this.#inner = inner;
  }

  get ready(): boolean {
    return this.#line.size === 0 && !this.#broken && this.#inner.ready;
  }

  /** How many wait. */
  get length(): number {
    return this.#line.size;
  }

  /** Why nobody will ever be let through again; `undefined` while somebody may be. */
  get broken(): { readonly error: unknown } | undefined {
    return this.#broken;
  }

  whenReady(signal?: AbortSignal): Promise<void> {
    if (this.#broken) return Promise.reject(this.#broken.error as Error);
    return this.#line.size === 0 ? this.#inner.whenReady(signal) : this.whenShorter(signal);
  }

  /** Settles when somebody has left the line; rejects once nobody will ever be let through again. */
  whenShorter(signal?: AbortSignal): Promise<void> {
    if (this.#broken) return Promise.reject(this.#broken.error as Error);
    return this.#watchers.join(signal);
  }

  call(request: Request, context: CallContext): Promise<Response> {
    if (this.ready) return this.#inner.call(request, context);
    if (this.#broken) return Promise.reject(this.#broken.error as Error);
    if (context.aborted) return Promise.reject(context.reason as Error);
    return new Promise((resolve, reject) => {
      const waiting = new Waiting<Request, Response>(request, context, this);
      waiting.resolve = resolve;
      waiting.reject = reject;
      this.#line.add(waiting);
      context.onAbort(waiting);
      if (!this.#wait) this.#watch();
    });
  }

  /** @internal Takes one out of line that gave up. */
  leave(waiting: Waiting<Request, Response>): void {
    this.#line.delete(waiting);
    this.#watchers.releaseAll();
    if (this.#line.size > 0) return;
    this.#wait?.abort();
    this.#wait = undefined;
  }

  #watch(): void {
    const wait = new AbortController();
    this.#wait = wait;
    this.#inner.whenReady(wait.signal).then(
      () => this.#wait === wait && this.#admit(),
      (error: unknown) => this.#wait === wait && this.#break(error),
    );
  }

  #admit(): void {
    for (const waiting of this.#line) {
      if (!this.#inner.ready) break;
      this.#line.delete(waiting);
      waiting.context.offAbort(waiting);
      waiting.resolve(this.#inner.call(waiting.request, waiting.context));
    }
    this.#wait = undefined;
    this.#watchers.releaseAll();
    if (this.#line.size > 0) this.#watch();
  }

  #break(error: unknown): void {
    this.#broken = { error };
    this.#wait = undefined;
    this.#watchers.rejectAll(error);
    for (const waiting of this.#line) {
      this.#line.delete(waiting);
      waiting.context.offAbort(waiting);
      waiting.reject(error);
    }
  }
}

/** A call in line. */
class Waiting<Request, Response> implements AbortListener {
  readonly request: Request;
  readonly context: CallContext;
  readonly #line: ReadyLine<Request, Response>;
  resolve!: (response: Promise<Response>) => void;
  reject!: (reason: unknown) => void;

  constructor(request: Request, context: CallContext, line: ReadyLine<Request, Response>) {
    this.request = request;
    this.context = context;
    this.#line = line;
  }

  callAborted(reason: unknown): void {
    this.#line.leave(this);
    this.reject(reason);
  }
}
