import type { Service } from "./service.js";

/** The part of a service that says whether it has room. */
export type Readiness = Pick<Service<never, unknown>, "ready" | "whenReady">;

/** A service that is ready when `inner` is, and makes its calls with `call`. */
export function withCall<Request, Response>(
  inner: Readiness,
  call: Service<Request, Response>["call"],
): Service<Request, Response> {
  return new CalledOtherwise(inner, call);
}

/** A class rather than a literal: there are many layers, and each would have three functions of its own. */
class CalledOtherwise<Request, Response> implements Service<Request, Response> {
  readonly call: Service<Request, Response>["call"];
  readonly #inner: Readiness;

  constructor(inner: Readiness, call: Service<Request, Response>["call"]) {
    this.call = call;
    this.#inner = inner;
  }

  get ready(): boolean {
    return this.#inner.ready;
  }

  whenReady(signal?: AbortSignal): Promise<void> {
    return this.#inner.whenReady(signal);
  }
}
