import type { Clock } from "../base/clock.js";
import { isMillraceError, MillraceError } from "../base/errors.js";
import { ChildAbort } from "../base/signal.js";
import type { CallContext } from "../service/context.js";
import type { Policy, Service } from "../service/service.js";
import type { LastError } from "./pool/last-error.js";

/** A pool whose members come and go. */
export interface MemberSource {
  readonly label: string;
  /** How many members may be called. */
  readonly usable: number;
  readonly lastError: LastError | undefined;
  /** Settles when a member may be called. */
  whenUsable(signal: AbortSignal): Promise<void>;
  /** The same, but rejects once all addresses were tried in vain; has them tried if nobody does. */
  whenTried(signal: AbortSignal): Promise<void>;
}

/** How long calls wait. */
export interface WaitForMemberOptions {
  /** Longest wait, in milliseconds; 0 for none. */
  readonly limitMs: number;
  /** Whether they wait only as long as a member is being tried. */
  readonly failFast: boolean;
  readonly clock: Clock;
}

/**
 * Lets a call wait while there is no member it could go to; costs nothing while there is one.
 *
 * @throws MillraceError `unavailable`, from the call, when none comes in time; nothing was sent. Where calls
 * fail fast, `timeout` of the phase `connect` then, and what connecting failed with as soon as it has
 */
export function waitForMember<Request, Response>(
  members: MemberSource,
  options: WaitForMemberOptions,
): Policy<Request, Response> {
  return (inner) => new WaitingService(inner, members, options);
}

class WaitingService<Request, Response> implements Service<Request, Response> {
  readonly #inner: Service<Request, Response>;
  readonly #members: MemberSource;
  readonly #options: WaitForMemberOptions;

  constructor(inner: Service<Request, Response>, members: MemberSource, options: WaitForMemberOptions) {
    this.#inner = inner;
    this.#members = members;
    this.#options = options;
  }

  get ready(): boolean {
    return this.#members.usable > 0 && this.#inner.ready;
  }

  whenReady(signal?: AbortSignal): Promise<void> {
    return this.#inner.whenReady(signal);
  }

  call(request: Request, context: CallContext): Promise<Response> {
    return this.#members.usable > 0 ? this.#inner.call(request, context) : this.#wait(request, context);
  }

  async #wait(request: Request, context: CallContext): Promise<Response> {
    const { limitMs, failFast, clock } = this.#options;
    if (limitMs === 0) throw this.#unavailable();
    using waiting = new ChildAbort(context.signal);
    using _timer = clock.schedule(limitMs, () => waiting.abort(this.#tooLate()));
    // One that has come may have gone before it is this call's turn.
    while (this.#members.usable === 0) {
      if (failFast) await this.#tried(waiting.signal);
      else await this.#members.whenUsable(waiting.signal);
    }
    return await this.#inner.call(request, context);
  }

  async #tried(signal: AbortSignal): Promise<void> {
    try {
      await this.#members.whenTried(signal);
    } catch (error) {
      if (signal.aborted) throw error;
      throw isMillraceError(error) ? ownCopy(error) : this.#unavailable(0);
    }
  }

  #tooLate(): MillraceError {
    const { limitMs, failFast } = this.#options;
    if (!failFast) return this.#unavailable(limitMs);
    const message = `no connection to ${this.#members.label} within ${limitMs} ms`;
    return new MillraceError(message, { code: "timeout", phase: "connect", unsent: true });
  }

  #unavailable(waitedMs = 0): MillraceError {
    const { label, lastError } = this.#members;
    const waited = waitedMs > 0 ? ` within ${waitedMs} ms` : "";
    const why = lastError ? `: ${lastError.message}` : "";
    const message = `no member of ${label} to call${waited}${why}`;
    return new MillraceError(message, { code: "unavailable", unsent: true, cause: lastError?.error });
  }
}

/** Those who wait for one attempt must not share its error: whoever gets it may add to it. */
function ownCopy(error: MillraceError): MillraceError {
  const { message, code, phase, cause } = error;
  return new MillraceError(message, { code, phase, unsent: true, cause });
}
