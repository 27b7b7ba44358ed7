import { type Clock, systemClock } from "../../base/clock.js";
import { requirePositive } from "../../base/options.js";
import { Deadlines } from "../deadlines.js";
import type { WhenDone } from "../done.js";
import { ReadyLine } from "../ready-line.js";
import type { Policy } from "../service.js";
import { TimedCall } from "../timed-call.js";
import { withCall } from "../with-call.js";

/** How long {@link timeout} waits. */
export interface TimeoutOptions<Response> {
  /** Longest wait for a response, in milliseconds; more than 0. */
  readonly limitMs: number;
  /**
   * Whether the limit covers the wait for an inner service that is not ready. If not, calls wait in a
   * line of this layer, without limit, and the clock of each starts as it leaves it, as in tower.
   * @defaultValue true
   */
  readonly countsLine?: boolean | undefined;
  /**
   * Says when a response has been read, so that a caller who gives up while reading is still heard
   * below. The limit itself ends with the head of the response.
   * @defaultValue a response is done with as soon as it is there
   */
  readonly whenDone?: WhenDone<Response> | undefined;
  /** @defaultValue {@link systemClock} */
  readonly clock?: Clock | undefined;
}

/**
 * Fails a call that has not answered within `limitMs`, and aborts it. A response that is there when the
 * limit passes wins.
 *
 * The limit covers one pass through the inner service, a wait in its line included unless `countsLine`
 * says otherwise: inside {@link retry} it bounds an attempt, outside it bounds the call with all its
 * attempts. What is inside sees it as its `context.deadline`. After tower's `timeout`.
 *
 * @throws MillraceError `timeout` of phase `call`, from the call, when the limit passes first
 * @throws MillraceError `invalid-options`, at once, when `limitMs` is not positive
 */
export function timeout<Request, Response>(options: TimeoutOptions<Response>): Policy<Request, Response> {
  const { limitMs, countsLine = true, whenDone, clock = systemClock } = options;
  requirePositive("timeout.limitMs", limitMs);

  return (inner) => {
    const deadlines = new Deadlines(clock);
    const timed = withCall<Request, Response>(inner, (request, context) => {
      if (context.aborted) return Promise.reject(context.reason as Error);
      const call = new TimedCall<Response>(context, deadlines, clock.now() + limitMs, limitMs);
      return call.run(inner.call(request, call), whenDone);
    });
    return countsLine ? timed : new ReadyLine(timed);
  };
}
