import { MillraceError } from "../../base/errors.js";
import { requirePositive } from "../../base/options.js";
import { alwaysReady } from "../from-function.js";
import type { Policy } from "../service.js";

/** What {@link loadShed} tells those it turns away. */
export interface LoadShedOptions {
  /**
   * How long those turned away are asked to wait, in milliseconds; more than 0. Travels in the error.
   * @defaultValue nothing is asked of them
   */
  readonly retryAfterMs?: number | undefined;
}

/**
 * Turns a call away at once when the inner service is not ready, where it would have waited in line.
 *
 * Always ready itself: put it outside of what can be full ({@link concurrencyLimit}), and inside of what
 * chooses by readiness (a balancer would take a shedding member for a free one). After tower's `load_shed`.
 *
 * @throws MillraceError `overloaded`, from the call; the peer has not seen it
 * @throws MillraceError `invalid-options`, at once, when `retryAfterMs` is not positive
 */
export function loadShed<Request, Response>(options: LoadShedOptions = {}): Policy<Request, Response> {
  const { retryAfterMs } = options;
  if (retryAfterMs !== undefined) requirePositive("loadShed.retryAfterMs", retryAfterMs);

  return (inner) => ({
    ready: true,
    whenReady: alwaysReady,
    call(request, context) {
      if (inner.ready) return inner.call(request, context);
      return Promise.reject(
        new MillraceError("no capacity is free", { code: "overloaded", unsent: true, retryAfterMs }),
      );
    },
  });
}
