import { Dispatcher } from "undici";
import type { Service } from "../../service/service.js";
import type { HttpRequest, HttpResponse } from "../../wire/http/message.js";
import { type DispatcherOptions, Dispatches, settled } from "../dispatch/create-dispatcher.js";
import type { DispatchOptions } from "../dispatch/dispatch-request.js";
import type { DispatchHandler } from "../dispatch/handler.js";

/**
 * Makes a dispatcher of undici's own class whose requests a service answers: with `request`, `stream`, `pipeline`,
 * `compose`, and fit for `setGlobalDispatcher`. Needs `undici` to be installed, 7 or later; the one of `millrace/http`
 * does not.
 *
 * The service stays open when the dispatcher is closed: who opened it closes it.
 *
 * @throws MillraceError `invalid-options` when there is no service
 */
export function createDispatcher(
  service: Service<HttpRequest, HttpResponse>,
  options: DispatcherOptions = {},
): Dispatcher {
  return new ServiceDispatcher(new Dispatches(service, options));
}

class ServiceDispatcher extends Dispatcher {
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

  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    return this.#dispatches.dispatch(options as DispatchOptions, handler as DispatchHandler);
  }

  override close(callback?: () => void): Promise<void> {
    return settled(this.#dispatches.close(), callback);
  }

  override destroy(error?: Error | null | (() => void), callback?: () => void): Promise<void> {
    const cause = typeof error === "function" ? null : (error ?? null);
    return settled(this.#dispatches.destroy(cause), typeof error === "function" ? error : callback);
  }
}
