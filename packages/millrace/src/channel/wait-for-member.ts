import { Backoff } from "../base/backoff.js";
import type { Clock } from "../base/clock.js";
import { isMillraceError, MillraceError } from "../base/errors.js";
import type { Random } from "../base/random.js";
import { ChildAbort } from "../base/signal.js";
import type { CallContext } from "../service/context.js";
import { outcomeOf } from "../service/outcome.js";
import type { Policy, Service } from "../service/service.js";
import { type LastError, messageOf } from "./pool/last-error.js";

/** A pool whose members come and go. */
export interface MemberSource {
  readonly label: string;
  /** How many members may be called. */
  readonly usable: number;
  readonly lastError: LastError | undefined;
  /** Settles when a member may be called. */
  whenUsable(signal: AbortSignal): Promise<void>;
  /** Settles when one more member may be called, however many there are. Rejects once the pool closes. */
  whenGained(signal: AbortSignal): Promise<void>;
  /** The same, but rejects once all addresses were tried in vain; has them tried if nobody does. */
  whenTried(signal: AbortSignal): Promise<void>;
}

/** How long calls wait, and for what. */
export interface WaitForMemberOptions<Request> {
  /** Longest wait, in milliseconds; 0 for none. */
  readonly limitMs: number;
  /** Whether they wait only as long as a member is being tried. */
  readonly failFast: boolean;
  /** Whether a call that failed so may wait for another member: it has been nowhere, and is still whole. */
  readonly isRefusal: (request: Request, error: unknown) => boolean;
  readonly clock: Clock;
  readonly random: Random;
}

/** Waits between tries of a call whom all members there are have refused, with nobody new among them. */
const pauses = { initialMs: 10, maxMs: 1_000 };

/**
 * Lets a call wait while there is no member it could go to; costs nothing while there is one.
 *
 * A member may have gone without anybody having noticed yet. So a call that a member refused waits as one
 * that found none does, unless it is the first attempt: that one fails, for whoever makes calls again to judge.
 *
 * @throws MillraceError `unavailable`, from the call, when none comes in time; nothing was sent. Where calls
 * fail fast, `timeout` of the phase `connect` then, and what connecting failed with as soon as it has
 */
export function waitForMember<Request, Response>(
  members: MemberSource,
  options: WaitForMemberOptions<Request>,
): Policy<Request, Response> {
  return (inner) => new WaitingService(inner, members, options);
}

class WaitingService<Request, Response> implements Service<Request, Response> {
  readonly #inner: Service<Request, Response>;
  readonly #members: MemberSource;
  readonly #options: WaitForMemberOptions<Request>;

  constructor(
    inner: Service<Request, Response>,
    members: MemberSource,
    options: WaitForMemberOptions<Request>,
  ) {
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
    const { failFast } = this.#options;
    const isFirst = context.attempt === context.origin.attempt;
    if (this.#members.usable > 0 && (isFirst || failFast)) return this.#inner.call(request, context);
    return this.#wait(request, context);
  }

  async #wait(request: Request, context: CallContext): Promise<Response> {
    const { limitMs, failFast, isRefusal, clock, random } = this.#options;
    if (limitMs === 0) return this.#callNow(request, context);
    using waiting = new ChildAbort(context.signal);
    let refusal: unknown;
    using _timer = clock.schedule(limitMs, () => waiting.abort(this.#tooLate(refusal)));
    const backoff = new Backoff({ ...pauses, random });
    for (;;) {
      // One that has come may have gone before it is this call's turn: nothing happens between this and the call.
      while (this.#members.usable === 0) await this.#whenUsable(waiting.signal);
      waiting.signal.throwIfAborted();
      const outcome = await outcomeOf(this.#inner.call(request, context));
      if ("response" in outcome) return outcome.response;
      refusal = outcome.error;
      if (failFast || !isRefusal(request, refusal)) throw refusal;
      if (this.#members.usable > 0) await this.#pause(backoff.next(), waiting.signal);
    }
  }

  #whenUsable(signal: AbortSignal): Promise<void> {
    return this.#options.failFast ? this.#tried(signal) : this.#members.whenUsable(signal);
  }

  #callNow(request: Request, context: CallContext): Promise<Response> {
    if (this.#members.usable > 0) return this.#inner.call(request, context);
    return Promise.reject(this.#unavailable());
  }

  /** Waits for another member, or else for `delayMs`. */
  async #pause(delayMs: number, signal: AbortSignal): Promise<void> {
    using pause = new ChildAbort(signal);
    using _timer = this.#options.clock.schedule(delayMs, () => pause.abort(enough));
    await this.#members.whenGained(pause.signal).catch((error: unknown) => {
      if (error !== enough) throw error;
    });
  }

  async #tried(signal: AbortSignal): Promise<void> {
    try {
      await this.#members.whenTried(signal);
    } catch (error) {
      if (signal.aborted) throw error;
      throw isMillraceError(error) ? ownCopy(error) : this.#unavailable(0);
    }
  }

  #tooLate(refusal: unknown): MillraceError {
    const { limitMs, failFast } = this.#options;
    if (!failFast) return this.#unavailable(limitMs, refusal);
    const message = `no connection to ${this.#members.label} within ${limitMs} ms`;
    return new MillraceError(message, { code: "timeout", phase: "connect", unsent: true });
  }

  #unavailable(waitedMs = 0, refusal?: unknown): MillraceError {
    const { label, lastError } = this.#members;
    const waited = waitedMs > 0 ? ` within ${waitedMs} ms` : "";
    const cause = lastError?.error ?? refusal;
    const why = cause === undefined ? "" : `: ${lastError?.message ?? messageOf(cause)}`;
    const message = `no member of ${label} to call${waited}${why}`;
    return new MillraceError(message, { code: "unavailable", unsent: true, cause });
  }
}

/** Why a pause ended, when nothing came. */
const enough = Symbol("enough");

/** Those who wait for one attempt must not share its error: whoever gets it may add to it. */
function ownCopy(error: MillraceError): MillraceError {
  const { message, code, phase, cause } = error;
  return new MillraceError(message, { code, phase, unsent: true, cause });
}
