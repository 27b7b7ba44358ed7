import { MillraceError } from "../base/errors.js";
import { type CallContext, CallControl } from "./context.js";
import type { Deadlined, Deadlines } from "./deadlines.js";
import { type WhenDone, whenOver } from "./done.js";

/** A call with a limit of time: the context of the inner call, and a place among the deadlines. */
export class TimedCall<Response> extends CallControl implements Deadlined {
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
          whenOver(whenDone, response, this);
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
