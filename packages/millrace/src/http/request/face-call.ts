import type { Clock } from "../../base/clock.js";
import { MillraceError } from "../../base/errors.js";
import { type CallContext, CallControl } from "../../service/context.js";
import type { Service } from "../../service/service.js";
import type { HttpRequest, HttpResponse } from "../../wire/http/message.js";
import { whenResponseDone } from "../../wire/http/when-done.js";

/** Who may end a call. */
export interface CallEnds {
  readonly signal?: AbortSignal | undefined;
  readonly context?: CallContext | undefined;
}

/** One call that a face makes: the context it makes it with, let go of when the response has been read. */
export class FaceCall extends CallControl {
  #timer: Disposable | undefined;

  constructor({ signal, context }: CallEnds, timeoutMs: number, clock: Clock) {
    if (signal && typeof signal.addEventListener !== "function")
      throw new TypeError("signal is no AbortSignal");
    if (context && typeof context.onAbort !== "function") throw new TypeError("context is no CallContext");
    const deadline = timeoutMs === Infinity ? undefined : clock.now() + timeoutMs;
    super(
      signal || context || deadline
        ? { signal, deadline: earlier(deadline, context), beginsCall: true }
        : undefined,
      context,
    );
    if (deadline !== undefined)
      this.#timer = clock.schedule(timeoutMs, () => this.abort(timedOut(timeoutMs)));
  }

  /** Makes the call, and gives what `read` makes of the response. A request that could not be sent has its content cancelled. */
  run<T>(
    service: Service<HttpRequest, HttpResponse>,
    request: HttpRequest,
    read: (response: HttpResponse) => T | Promise<T>,
  ): Promise<T> {
    if (this.aborted) return Promise.reject(this.#failed(request, this.reason) as Error);
    return service.call(request, this).then(
      (response) => {
        whenResponseDone(response, this);
        return read(response);
      },
      (error: unknown) => {
        throw this.#failed(request, error);
      },
    );
  }

  override callDone(): void {
    this.#timer?.[Symbol.dispose]();
    this.release();
  }

  #failed({ body }: HttpRequest, error: unknown): unknown {
    this.callDone();
    if (body.kind === "stream") body.cancel(error);
    return error;
  }
}

function earlier(deadline: number | undefined, context: CallContext | undefined): number | undefined {
  if (deadline === undefined) return undefined;
  return context === undefined ? deadline : Math.min(deadline, context.deadline);
}

function timedOut(limitMs: number): MillraceError {
  return new MillraceError(`no whole response within ${limitMs} ms`, {
    code: "timeout",
    unsent: false,
    phase: "call",
  });
}
