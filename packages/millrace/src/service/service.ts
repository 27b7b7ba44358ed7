import type { CallContext } from "./context.js";

/**
 * Takes requests, gives responses. Everything that makes, forwards or answers calls is one of these.
 *
 * The model is tower's, in JavaScript's idiom: because one thing runs at a time, readiness is a plain
 * property, and what is checked and used in the same tick cannot change in between.
 */
export interface Service<Request, Response> {
  /**
   * True when a call made in this tick would start at once instead of waiting in line. Cheap to read.
   *
   * It is for those who choose or refuse (balancers, load shedding); nobody must read it to call.
   */
  readonly ready: boolean;

  /**
   * Settles when `ready` may have turned true, so check again; rejects once it never can again, or
   * with the signal's reason when that aborts first.
   */
  whenReady(signal?: AbortSignal): Promise<void>;

  /**
   * Makes one call. Always allowed: without capacity it waits its turn, first come first served.
   *
   * Never throws: every failure is a rejection.
   */
  call(request: Request, context: CallContext): Promise<Response>;
}

/** Wraps a service in a policy. The types say whether it changes the request or the response. */
export type Layer<In, Out = In> = (inner: In) => Out;

/** A layer that leaves the types of request and response alone, whatever they are. */
export type Policy<Request, Response> = Layer<Service<Request, Response>>;
