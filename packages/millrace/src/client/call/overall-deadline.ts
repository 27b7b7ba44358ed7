import { type Clock, systemClock } from "../../base/clock.js";
import { MillraceError } from "../../base/errors.js";
import { requirePositive } from "../../base/options.js";
import { type CallContext, CallControl } from "../../service/context.js";
import { type Deadlined, Deadlines } from "../../service/deadlines.js";
import { type WhenDone, whenOver } from "../../service/done.js";
import type { Policy } from "../../service/service.js";
import { withCall } from "../../service/with-call.js";
import { callOptions } from "./call-options.js";

/** How long calls may take. */
export interface OverallDeadlineOptions<Response> {
  /**
   * Longest time for a call that says nothing else, in milliseconds; more than 0.
   * @defaultValue Infinity
   */
  readonly limitMs?: number | undefined;
  /** Says when a response has been read. @defaultValue as soon as it is there */
  readonly whenDone?: WhenDone<Response> | undefined;
  /** @defaultValue {@link systemClock} */
  readonly clock?: Clock | undefined;
}

/**
 * Ends a call that is not over in time: its attempts, the waits between them, and the body of its response,
 * which the `timeout` layer leaves alone. The limit is that of the client, or what {@link callOptions} say of
 * the call; a deadline that came with the call's context holds too.
 *
 * @throws MillraceError `timeout` of phase `call`, from the call or from the body of its response
 * @throws MillraceError `invalid-options`, at once, when `limitMs` is not positive
 */
export function overallDeadline<Request, Response>(
  options: OverallDeadlineOptions<Response> = {},
): Policy<Request, Response> {
  const { limitMs = Infinity, whenDone, clock = systemClock } = options;
  requirePositive("overallDeadline.limitMs", limitMs);

  return (inner) => {
    const ofAll = new Deadlines(clock);
    return withCall(inner, (request, context) => {
      const ownMs = context.get(callOptions)?.deadlineMs;
      const allowedMs = ownMs ?? limitMs;
      if (allowedMs === Infinity && context.deadline === Infinity) return inner.call(request, context);
      if (context.aborted) return Promise.reject(context.reason as Error);
      const now = clock.now();
      const shared = ownMs === undefined && now + limitMs <= context.deadline;
      const leftMs = Math.min(allowedMs, context.deadline - now);
      if (!(leftMs > 0)) return Promise.reject(tooLate(leftMs, true));
      // What all calls wait equally long for shares a timer; another limit has one of its own.
      const call = new BoundedCall<Response>(
        context,
        shared ? ofAll : new Deadlines(clock),
        now + leftMs,
        leftMs,
      );
      return call.run(inner.call(request, call), whenDone);
    });
  };
}

class BoundedCall<Response> extends CallControl implements Deadlined {
  readonly expiresAt: number;
  earlier: Deadlined | undefined = undefined;
  later: Deadlined | undefined = undefined;
  readonly #deadlines: Deadlines;
  readonly #limitMs: number;
  #reject: ((reason: unknown) => void) | undefined;
  #over = false;

  constructor(parent: CallContext, deadlines: Deadlines, expiresAt: number, limitMs: number) {
    super({ deadline: expiresAt }, parent);
    this.expiresAt = expiresAt;
    this.#deadlines = deadlines;
    this.#limitMs = limitMs;
    deadlines.add(this);
  }

  /** Settles like `answer`, unless the call ends before; then goes on until the response has been read. */
  run(answer: Promise<Response>, whenDone: WhenDone<Response> | undefined): Promise<Response> {
    return new Promise((resolve, reject) => {
      this.#reject = reject;
      answer.then(
        (response) => {
          this.#reject = undefined;
          resolve(response);
          whenOver(whenDone, response, this);
        },
        (error: unknown) => {
          this.callDone();
          reject(error as Error);
        },
      );
    });
  }

  expire(): void {
    this.#over = true;
    const error = tooLate(this.#limitMs, false);
    // A call that hears nothing must not keep its caller waiting.
    this.#reject?.(error);
    this.release();
    this.abort(error);
  }

  override callDone(): void {
    if (this.#over) return;
    this.#over = true;
    this.#deadlines.delete(this);
    this.release();
  }
}

function tooLate(limitMs: number, unsent: boolean): MillraceError {
  const message = limitMs > 0 ? `the call was not over within ${limitMs} ms` : "the deadline has passed";
  return new MillraceError(message, { code: "timeout", unsent, phase: "call" });
}
