import type { Clock } from "../../base/clock.js";
import { createDeferred } from "../../base/deferred.js";
import type { AbortListener, CallContext } from "../../service/context.js";
import { alwaysReady } from "../../service/from-function.js";
import type { Service } from "../../service/service.js";
import type { SimulatedRequest, SimulatedResponse } from "./messages.js";
import type { ServerHandler } from "./server-models.js";

/** A server that lives in a simulation. Works on to the end on calls that were given up, as servers do. */
export class SimulatedServer implements Service<SimulatedRequest, SimulatedResponse> {
  readonly ready = true;
  readonly whenReady = alwaysReady;
  readonly name: string;
  /** Calls that came. */
  received = 0;
  /** Calls that were answered, also when nobody waited any longer. */
  responses = 0;
  /** Time spent on answered calls, in milliseconds. */
  timeMs = 0;
  readonly #clock: Clock;
  readonly #handler: ServerHandler;
  readonly #onReceived: (now: number) => void;
  #active = 0;

  constructor(name: string, handler: ServerHandler, clock: Clock, onReceived: (now: number) => void) {
    this.name = name;
    this.#clock = clock;
    this.#handler = handler;
    this.#onReceived = onReceived;
  }

  call(request: SimulatedRequest, context: CallContext): Promise<SimulatedResponse> {
    if (context.aborted) return Promise.reject(context.reason as Error);
    const now = this.#clock.now();
    this.received += 1;
    this.#active += 1;
    this.#onReceived(now);
    const { afterMs, status } = this.#handler({ request, now, active: this.#active });
    const waiter = new Waiter(context);
    if (afterMs < Infinity) {
      this.#clock.schedule(afterMs, () => {
        this.#active -= 1;
        this.responses += 1;
        this.timeMs += afterMs;
        waiter.answer({ status, server: this.name });
      });
    }
    return waiter.promise;
  }
}

/** Whoever waits for an answer, until it comes or they give up. */
class Waiter implements AbortListener {
  readonly promise: Promise<SimulatedResponse>;
  readonly #context: CallContext;
  readonly #deferred = createDeferred<SimulatedResponse>();

  constructor(context: CallContext) {
    this.#context = context;
    this.promise = this.#deferred.promise;
    context.onAbort(this);
  }

  answer(response: SimulatedResponse): void {
    this.#context.offAbort(this);
    this.#deferred.resolve(response);
  }

  callAborted(reason: unknown): void {
    this.#deferred.reject(reason);
  }
}
