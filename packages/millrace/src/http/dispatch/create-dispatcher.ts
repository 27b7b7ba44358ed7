import { EventEmitter } from "node:events";
import { type Clock, systemClock } from "../../base/clock.js";
import { closedError } from "../../base/errors.js";
import { type Random, systemRandom } from "../../base/random.js";
import { Sweeper } from "../../base/sweeper.js";
import type { Service } from "../../service/service.js";
import type { HttpRequest, HttpResponse } from "../../wire/http/message.js";
import { requireService } from "../require-service.js";
import { DispatchCall, type DispatchSetting } from "./dispatch-call.js";
import { type DispatchOptions, requestOf } from "./dispatch-request.js";
import type { DispatchHandler } from "./handler.js";
import { hearerOf } from "./hearer.js";

/** What a dispatcher is made with. */
export interface DispatcherOptions {
  /** @defaultValue {@link systemClock} */
  readonly clock?: Clock | undefined;
  /** Chooses the boundaries of forms. @defaultValue {@link systemRandom} */
  readonly random?: Random | undefined;
}

/** Sends one request and tells a handler what becomes of it. */
export type Dispatch = (options: DispatchOptions, handler: DispatchHandler) => boolean;

/** Wraps a {@link Dispatch}, as the interceptors of undici do. */
export type DispatchInterceptor = (dispatch: Dispatch) => Dispatch;

/**
 * What undici calls a dispatcher: pass it as `dispatcher` to the `fetch` of Node, or to `fetch` and `request` of undici.
 *
 * It has what those need. The one of `millrace/http/undici` is an instance of undici's own class, with all its methods.
 */
export interface ServiceDispatcher extends EventEmitter {
  /** Whether {@link close} or {@link destroy} was called. */
  readonly closed: boolean;
  /** Whether {@link destroy} was called. */
  readonly destroyed: boolean;
  /** Sends a request. Always true: calls wait in the service. */
  dispatch(options: DispatchOptions, handler: DispatchHandler): boolean;
  /** A dispatcher whose requests go through `interceptors`, the first of which is innermost. */
  compose(
    ...interceptors: readonly (DispatchInterceptor | readonly DispatchInterceptor[])[]
  ): ServiceDispatcher;
  /** Takes no new request, and settles when those under way are over. The service stays open. */
  close(): Promise<void>;
  close(callback: () => void): void;
  /** Ends the requests under way. The service stays open. */
  destroy(error?: Error | null): Promise<void>;
  destroy(error: Error | null, callback: () => void): void;
  destroy(callback: () => void): void;
}

/**
 * Makes a dispatcher whose requests a service answers, for Node's `fetch` and for undici, which it does not need
 * itself. Handlers of both kinds are served; pausing one holds the server back.
 *
 * Retries, time limits and what is decoded are the business of the service and its layers: errors are those of the
 * service, not undici's.
 *
 * @throws MillraceError `invalid-options` when there is no service
 */
export function createDispatcher(
  service: Service<HttpRequest, HttpResponse>,
  options: DispatcherOptions = {},
): ServiceDispatcher {
  return new PlainDispatcher(new Dispatches(service, options));
}

/** The requests of a dispatcher, and their end. */
export class Dispatches {
  readonly #setting: DispatchSetting;
  readonly #random: Random;
  readonly #running = new Set<DispatchCall>();
  #closed = false;
  #destroyed = false;
  #onEmpty: (() => void)[] = [];

  constructor(service: Service<HttpRequest, HttpResponse>, options: DispatcherOptions) {
    requireService("dispatcher.service", service);
    const { clock = systemClock, random = systemRandom } = options;
    this.#random = random;
    const over = (call: DispatchCall) => this.#over(call);
    this.#setting = { service, clock, sweeper: new Sweeper({ clock }), over };
  }

  get closed(): boolean {
    return this.#closed;
  }

  get destroyed(): boolean {
    return this.#destroyed;
  }

  /** Sends one request. */
  dispatch(options: DispatchOptions, handler: DispatchHandler): boolean {
    const limits = { headMs: options.headersTimeout ?? 0, bodyMs: options.bodyTimeout ?? 0 };
    const call = new DispatchCall(this.#setting, hearerOf(handler), limits);
    if (this.#closed) {
      call.refuse(closedError("the dispatcher"));
      return true;
    }
    let request: HttpRequest;
    try {
      request = requestOf(options, this.#random);
    } catch (error) {
      call.refuse(error as Error);
      return true;
    }
    this.#running.add(call);
    call.run(request);
    return true;
  }

  /** Settles when all requests are over. */
  close(): Promise<void> {
    this.#closed = true;
    if (this.#running.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#onEmpty.push(resolve));
  }

  /** Ends all requests. */
  destroy(error: Error | null): Promise<void> {
    this.#closed = this.#destroyed = true;
    for (const call of [...this.#running]) call.abort(error ?? closedError("the dispatcher"));
    return Promise.resolve();
  }

  #over(call: DispatchCall): void {
    this.#running.delete(call);
    if (this.#running.size > 0) return;
    const listeners = this.#onEmpty;
    this.#onEmpty = [];
    for (const listener of listeners) listener();
  }
}

/** Does what `close` and `destroy` of undici do with a callback that may come with either argument. */
export function settled(done: Promise<void>, callback: (() => void) | undefined): Promise<void> {
  if (callback) void done.then(callback);
  return done;
}

class PlainDispatcher extends EventEmitter implements ServiceDispatcher {
  readonly #dispatches: Dispatches;

  constructor(dispatches: Dispatches) {
    super();
    this.#dispatches = dispatches;
  }

  get closed(): boolean {
    return this.#dispatches.closed;
  }

  get destroyed(): boolean {
    return this.#dispatches.destroyed;
  }

  dispatch(options: DispatchOptions, handler: DispatchHandler): boolean {
    return this.#dispatches.dispatch(options, handler);
  }

  compose(
    ...interceptors: readonly (DispatchInterceptor | readonly DispatchInterceptor[])[]
  ): ServiceDispatcher {
    let dispatch: Dispatch = (options, handler) => this.dispatch(options, handler);
    for (const interceptor of interceptors.flat() as DispatchInterceptor[]) dispatch = interceptor(dispatch);
    const composed = new PlainDispatcher(this.#dispatches);
    composed.dispatch = dispatch;
    return composed;
  }

  close(callback?: () => void): Promise<void> {
    return settled(this.#dispatches.close(), callback);
  }

  destroy(error?: Error | null | (() => void), callback?: () => void): Promise<void> {
    const cause = typeof error === "function" ? null : (error ?? null);
    return settled(this.#dispatches.destroy(cause), typeof error === "function" ? error : callback);
  }
}
