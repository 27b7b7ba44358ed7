import { type Clock, systemClock } from "../../base/clock.js";
import { MillraceError } from "../../base/errors.js";
import { requireRange } from "../../base/options.js";
import { Deadlines } from "../deadlines.js";
import type { WhenDone } from "../done.js";
import type { Policy } from "../service.js";
import { TimedCall } from "../timed-call.js";
import { withCall } from "../with-call.js";

/** How {@link deadline} holds calls to their deadlines. */
export interface DeadlineOptions<Response> {
  /**
   * Time a call needs at least, in milliseconds; 0 or more. One whose deadline is nearer is not started.
   * @defaultValue 0
   */
  readonly neededMs?: number | undefined;
  /**
   * Says when a response has been read, so that a caller who gives up while reading is still heard below.
   * @defaultValue a response is done with as soon as it is there
   */
  readonly whenDone?: WhenDone<Response> | undefined;
  /** The clock by which deadlines were set. @defaultValue {@link systemClock} */
  readonly clock?: Clock | undefined;
}

/**
 * Ends a call at its `context.deadline`, and starts none that could not end before: nobody would wait
 * for its answer. A call without a deadline passes untouched.
 *
 * {@link timeout} sets a deadline of its own; this holds to one that came with the call. As gRPC and
 * finagle do it; tower has no such layer.
 *
 * @throws MillraceError `timeout` of phase `call`, from the call; the peer has not seen it when it was
 * never started
 * @throws MillraceError `invalid-options`, at once, when `neededMs` is out of its range
 */
export function deadline<Request, Response>(
  options: DeadlineOptions<Response> = {},
): Policy<Request, Response> {
  const { neededMs = 0, whenDone, clock = systemClock } = options;
  requireRange("deadline.neededMs", neededMs, 0, Number.MAX_SAFE_INTEGER);

  return (inner) =>
    withCall(inner, (request, context) => {
      if (context.deadline === Infinity) return inner.call(request, context);
      if (context.aborted) return Promise.reject(context.reason as Error);
      const leftMs = context.deadline - clock.now();
      if (leftMs <= neededMs) return Promise.reject(tooLate(leftMs));
      const call = new TimedCall<Response>(context, new Deadlines(clock), context.deadline, leftMs);
      return call.run(inner.call(request, call), whenDone);
    });
}

function tooLate(leftMs: number): MillraceError {
  const message = leftMs > 0 ? `the deadline is only ${leftMs} ms away` : "the deadline has passed";
  return new MillraceError(message, { code: "timeout", unsent: true, phase: "call" });
}
