import { abortedError } from "../../base/errors.js";
import { requireFunctions } from "../../base/options.js";
import { type AbortListener, type CallContext, type CallControl, createContext } from "../context.js";
import type { Policy } from "../service.js";
import { withCall } from "../with-call.js";

/** Which calls {@link singleFlight} takes for the same. */
export interface SingleFlightOptions<Request> {
  /**
   * Names a request: of equal names, those that overlap in time share a call. `undefined` shares with
   * nobody. What it throws fails the call.
   */
  readonly key: (request: Request, context: CallContext) => unknown;
}

/**
 * Makes one call of those that ask for the same at the same time, and gives its answer to all of them.
 * Nothing is kept: who comes after the answer starts anew.
 *
 * All get the very same response, so it must be one that several can read: not one with a body to be
 * consumed. The shared call has a context of its own, without deadline and attachments: it ends when the
 * last of those who wait has given up. After Go's `singleflight` and opossum's `coalesce`.
 *
 * @throws MillraceError `invalid-options`, at once, when nothing says what is the same
 */
export function singleFlight<Request, Response>(
  options: SingleFlightOptions<Request>,
): Policy<Request, Response> {
  requireFunctions("singleFlight", options, "key");
  return (inner) => {
    const flights = new Map<unknown, Flight<Response>>();
    return withCall(inner, (request, context) => {
      if (context.aborted) return Promise.reject(context.reason as Error);
      let key: unknown;
      try {
        key = options.key(request, context);
      } catch (error) {
        return Promise.reject(error as Error);
      }
      if (key === undefined) return inner.call(request, context);
      let flight = flights.get(key);
      if (!flight) {
        flight = new Flight(flights, key);
        flights.set(key, flight);
        flight.land(inner.call(request, flight.control));
      }
      return flight.join(context);
    });
  };
}

/** A call that is shared. */
class Flight<Response> {
  readonly control: CallControl = createContext();
  readonly #passengers = new Set<Passenger<Response>>();
  readonly #flights: Map<unknown, Flight<Response>>;
  readonly #key: unknown;

  constructor(flights: Map<unknown, Flight<Response>>, key: unknown) {
    this.#flights = flights;
    this.#key = key;
  }

  join(context: CallContext): Promise<Response> {
    return new Promise((resolve, reject) => {
      const passenger = new Passenger(this, context, resolve, reject);
      this.#passengers.add(passenger);
      context.onAbort(passenger);
    });
  }

  leave(passenger: Passenger<Response>): void {
    this.#passengers.delete(passenger);
    if (this.#passengers.size > 0) return;
    this.#end();
    this.control.abort(abortedError());
  }

  land(answer: Promise<Response>): void {
    answer.then(
      (response) => {
        for (const passenger of this.#end()) passenger.resolve(response);
      },
      (error: unknown) => {
        for (const passenger of this.#end()) passenger.reject(error);
      },
    );
  }

  /** From now on a call of this name starts anew. Gives those who still wait. */
  #end(): Iterable<Passenger<Response>> {
    if (this.#flights.get(this.#key) === this) this.#flights.delete(this.#key);
    for (const passenger of this.#passengers) passenger.context.offAbort(passenger);
    return this.#passengers;
  }
}

/** One of those who wait for a shared call. */
class Passenger<Response> implements AbortListener {
  readonly context: CallContext;
  readonly resolve: (response: Response) => void;
  readonly reject: (reason: unknown) => void;
  readonly #flight: Flight<Response>;

  constructor(
    flight: Flight<Response>,
    context: CallContext,
    resolve: (response: Response) => void,
    reject: (reason: unknown) => void,
  ) {
    this.#flight = flight;
    this.context = context;
    this.resolve = resolve;
    this.reject = reject;
  }

  callAborted(reason: unknown): void {
    this.reject(reason);
    this.#flight.leave(this);
  }
}
