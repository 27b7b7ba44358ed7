import { requireFunction } from "../../base/options.js";
import type { CallContext } from "../context.js";
import { type Outcome, outcomeOf } from "../outcome.js";
import type { Layer, Policy, Service } from "../service.js";
import { withCall } from "../with-call.js";
import { filter } from "./filter.js";

/**
 * Turns each request into the one that the inner service takes. What `map` throws fails the call, before
 * the inner service saw it. After tower's `map_request`; a {@link filter} that refuses nothing.
 */
export function mapRequest<Request, Mapped, Response>(
  map: (request: Request, context: CallContext) => Mapped,
): Layer<Service<Mapped, Response>, Service<Request, Response>> {
  requireFunction("mapRequest.map", map);
  return filter(map);
}

/** Turns each response into another. What `map` throws fails the call. After tower's `map_response`. */
export function mapResponse<Request, Response, Mapped>(
  map: (response: Response, request: Request) => Mapped,
): Layer<Service<Request, Response>, Service<Request, Mapped>> {
  requireFunction("mapResponse.map", map);
  return (inner) =>
    withCall(inner, (request, context) =>
      inner.call(request, context).then((response) => map(response, request)),
    );
}

/** Turns each failure into another: `map` gives the error to fail with. After tower's `map_err`. */
export function mapError<Request, Response>(
  map: (error: unknown, request: Request) => unknown,
): Policy<Request, Response> {
  requireFunction("mapError.map", map);
  return (inner) =>
    withCall(inner, (request, context) =>
      inner.call(request, context).catch((error: unknown) => {
        throw map(error, request);
      }),
    );
}

/**
 * Turns however a call ends into a response: `map` sees it as a value, and throws to fail the call. It
 * may take its time. After tower's `map_result` and `then`.
 */
export function mapOutcome<Request, Response, Mapped>(
  map: (outcome: Outcome<Response>, request: Request, context: CallContext) => Mapped | Promise<Mapped>,
): Layer<Service<Request, Response>, Service<Request, Mapped>> {
  requireFunction("mapOutcome.map", map);
  return (inner) =>
    withCall(inner, (request, context) =>
      outcomeOf(inner.call(request, context)).then((outcome) => map(outcome, request, context)),
    );
}
