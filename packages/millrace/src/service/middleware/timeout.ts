import { type Clock, systemClock } from "../../base/clock.js";
import { MillraceError } from "../../base/errors.js";
import { requirePositive } from "../../base/options.js";
import { type CallContext, CallControl } from "../context.js";
import { type Deadlined, Deadlines } from "../deadlines.js";
import type { WhenDone } from "../done.js";
import type { Policy } from "../service.js";

/** How long {@link timeout} waits. */
export interface TimeoutOptions<Response> {
  /** Longest wait for a response, in milliseconds; more than 0. */
  readonly limitMs: number;
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
 * The limit covers one pass through the inner service, a wait in its line included: inside {@link retry}
 * it bounds an attempt, outside it bounds the call with all its attempts. What is inside sees it as its
 * `context.deadline`.
 *
 * @throws MillraceError `timeout` of phase `call`, from the call, when the limit passes first
 * @throws MillraceError `invalid-options`, at once, when `limitMs` is not positive
 */
export function timeout<Request, Response>(options: TimeoutOptions<Response>): Policy<Request, Response> {
  const { limitMs, whenDone, clock = systemClock } = options;
  requirePositive("timeout.limitMs", limitMs);

  return (inner) => {
    const deadlines = new Deadlines(clock);
    return {
      get ready() {
        return inner.ready;
      },
      whenReady: (signal) => inner.whenReady(signal),
      call(request, context) {
        if (context.aborted) return Promise.reject(context.reason as Error);
        const timed = new TimedCall<Response>(context, deadlines, clock.now() + limitMs, limitMs);
        return timed.run(inner.call(request, timed), whenDone);
      },
    };
  };
}

/** One call: the context of the inner call, and a place among the deadlines. */
class TimedCall<Response> extends CallControl implements Deadlined {
  readonly expiresAt: number;
  earlier: Deadlined | undefined = undefined;
  later: Deadlined | undefined = undefined;
  readonly #deadlines: Deadlines;
  readonly #limitMs: number;
  #reject: ((reason: unknown) => void) | undefined;

  constructor(parent: CallContext, deadlines: Deadlines, expiresAt: number, limitMs: number) {
    super({ deadline: Math.min(parent.deadline, expiresAt) }, parent);
    this.expiresAt = expiresAt;
    this.#deadlines = deadlines;
    this.#limitMs = limitMs;
  }

  /** Settles like `answer`, unless the call ends before. */
  run(answer: Promise<Response>, whenDone: WhenDone<Response> | undefined): Promise<Response> {
    return new Promise((resolve, reject) => {
      this.#reject = reject;
      this.#deadlines.add(this);
      if (this.aborted) this.#fail(this.reason);
      answer.then(
        (response) => {
          if (!this.#leave()) return;
          resolve(response);
          if (whenDone) whenDone(response, this);
          else this.release();
        },
        (error: unknown) => this.#fail(error),
      );
    });
  }

  expire(): void {
    const error = new MillraceError(`no response within ${this.#limitMs} ms`, {
      code: "timeout",
      unsent: false,
      phase: "call",
    });
    this.#reject!(error);
    this.#reject = undefined;
    this.release();
    this.abort(error);
  }

  override callAborted(reason: unknown): void {
    this.#fail(reason);
    super.callAborted(reason);
  }

  #fail(error: unknown): void {
    const reject = this.#reject;
    if (!this.#leave()) return;
    this.release();
    reject!(error);
  }

  #leave(): boolean {
    if (!this.#reject) return false;
    this.#reject = undefined;
    this.#deadlines.delete(this);
    return true;
  }
}
