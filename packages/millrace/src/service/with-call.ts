import type { Service } from "./service.js";

/** The part of a service that says whether it has room. */
export type Readiness = Pick<Service<never, unknown>, "ready" | "whenReady">;

/** A service that is ready when `inner` is, and makes its calls with `call`. */
export function withCall<Request, Response>(
  inner: Readiness,
  call: Service<Request, Response>["call"],
): Service<Request, Response> {
  return {
    get ready() {
      return inner.ready;
    },
    whenReady: (signal) => inner.whenReady(signal),
    call,
  };
}
