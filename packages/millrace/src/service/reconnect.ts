import { Backoff, type BackoffOptions } from "../base/backoff.js";
import { type Clock, sleep, systemClock } from "../base/clock.js";
import { closedError, isMillraceError, MillraceError } from "../base/errors.js";
import { requireFunctions } from "../base/options.js";
import { raceSignal } from "../base/signal.js";
import type { CallContext } from "./context.js";
import { faults } from "./fault.js";
import type { Service } from "./service.js";

/** A service on a connection. Closed when it is of no more use, by whichever way it has to be. */
export interface Connection<Request, Response>
  extends Service<Request, Response>,
    Partial<Disposable>,
    Partial<AsyncDisposable> {}

/** What {@link openReconnect} connects, and how often. */
export interface ReconnectOptions<Request, Response> {
  /**
   * Makes a connection. All who wait share it, so none of them can end it: `signal` aborts when the
   * service is closed. Give it a time limit of its own.
   */
  readonly connect: (signal: AbortSignal) => Promise<Connection<Request, Response>>;
  /**
   * Whether the failure of a call means that its connection is lost. One that throws has said yes.
   * @defaultValue `connection-lost` and `closed` do
   */
  readonly isLost?: ((error: unknown) => boolean) | undefined;
  /**
   * Waits after failures in a row: to connect, or to answer even one call. Meanwhile calls fail at once.
   * @defaultValue those of {@link BackoffOptions}
   */
  readonly backoff?: BackoffOptions | undefined;
  /** @defaultValue {@link systemClock} */
  readonly clock?: Clock | undefined;
}

/** A service that connects when it is called, and again when its connection is lost. */
export interface Reconnect<Request, Response> extends Service<Request, Response>, AsyncDisposable {
  /** Takes no more calls and closes the connection. Idempotent. */
  close(): Promise<void>;
}

/**
 * Opens a service on one connection at a time. The first call connects, as does {@link Service.whenReady};
 * one that is lost is replaced when it is next wanted. Nothing is sent again: that is for `retry`.
 *
 * After a failure to connect, or a connection that was lost before it answered a single call, nothing is
 * tried until the back-off has passed. The caller owns the service and must close it. After tower's
 * `Reconnect`, which knows no back-off.
 *
 * @throws MillraceError `connect-failed`, from the call, when the connection cannot be made; with
 * `retryAfterMs` when it was not even tried. A `MillraceError` of `connect` passes untouched
 * @throws MillraceError `closed`, from the call, after {@link Reconnect.close}
 * @throws MillraceError `invalid-options`, at once, when an option is out of its range
 */
export function openReconnect<Request, Response>(
  options: ReconnectOptions<Request, Response>,
): Reconnect<Request, Response> {
  requireFunctions("reconnect", options, "connect");
  return new ReconnectingService(options);
}

type State<Request, Response> =
  /** Next: connecting. */
  | { readonly kind: "idle" }
  /** Next: connected, waiting. */
  | { readonly kind: "connecting"; readonly made: Promise<void> }
  /** Next: idle when it is lost, waiting when it is lost without having answered. */
  | { readonly kind: "connected"; readonly connection: Connection<Request, Response>; proven: boolean }
  /** Next: connecting, when its time is over. */
  | { readonly kind: "waiting"; readonly until: number; readonly error: unknown; over?: Promise<void> };

class ReconnectingService<Request, Response> implements Reconnect<Request, Response> {
  readonly #connect: (signal: AbortSignal) => Promise<Connection<Request, Response>>;
  readonly #isLost: (error: unknown) => boolean;
  readonly #clock: Clock;
  readonly #backoff: Backoff;
  readonly #life = new AbortController();
  #state: State<Request, Response> = { kind: "idle" };
  #closing: Promise<void> | undefined;

  constructor(options: ReconnectOptions<Request, Response>) {
    const { connect, isLost = connectionIsGone, clock = systemClock, backoff } = options;
    this.#connect = connect;
    this.#isLost = isLost;
    this.#clock = clock;
    this.#backoff = new Backoff(backoff);
  }

  get ready(): boolean {
    return this.#state.kind === "connected" && this.#state.connection.ready && !this.#closing;
  }

  async whenReady(signal?: AbortSignal): Promise<void> {
    while (!this.ready) {
      if (signal?.aborted) throw signal.reason;
      if (this.#closing) throw closedError("the connection");
      const { connection } = this.#state as { connection?: Connection<Request, Response> };
      const step = connection
        ? connection.whenReady(signal).catch(() => void (signal?.aborted || this.#lose(connection)))
        : this.#nextTry();
      await (signal ? raceSignal(signal, () => step) : step);
    }
  }

  call(request: Request, context: CallContext): Promise<Response> {
    if (context.aborted) return Promise.reject(context.reason as Error);
    if (this.#closing) return Promise.reject(closedError("the connection"));
    const state = this.#state;
    if (state.kind === "connected") return this.#use(state, request, context);
    if (state.kind === "waiting" && state.until > this.#clock.now()) {
      return Promise.reject(this.#refusal(state.until, state.error));
    }
    return raceSignal(context.signal, () => this.#made()).then(() => this.#onceMade(request, context));
  }

  close(): Promise<void> {
    this.#closing ??= this.#end();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #use(
    state: State<Request, Response> & { readonly kind: "connected" },
    request: Request,
    context: CallContext,
  ): Promise<Response> {
    const answer = state.connection.call(request, context);
    answer.then(
      () => {
        if (state.proven) return;
        state.proven = true;
        this.#backoff.reset();
      },
      (error: unknown) => {
        if (this.#lost(error)) this.#lose(state.connection);
      },
    );
    return answer;
  }

  #onceMade(request: Request, context: CallContext): Promise<Response> {
    const state = this.#state;
    if (state.kind === "connected" && !this.#closing) return this.#use(state, request, context);
    if (this.#closing) throw closedError("the connection");
    if (state.kind === "waiting") throw connectFailed(state.error);
    // Made, and lost again in the same tick.
    return this.call(request, context);
  }

  /** Settles when an attempt has ended, well or not: the one under way, or one that begins now. */
  #made(): Promise<void> {
    if (this.#state.kind === "connecting") return this.#state.made;
    const made = this.#try();
    this.#state = { kind: "connecting", made };
    return made;
  }

  async #try(): Promise<void> {
    try {
      // Not in this tick, so that the state is set before an attempt can end.
      const connection = await Promise.resolve(this.#life.signal).then(this.#connect);
      if (this.#closing) await this.#dispose(connection);
      else this.#state = { kind: "connected", connection, proven: false };
    } catch (error) {
      this.#wait(error);
    }
  }

  /** Settles when the present attempt, or the present wait, is over. */
  #nextTry(): Promise<void> {
    const state = this.#state;
    const leftMs = state.kind === "waiting" ? state.until - this.#clock.now() : 0;
    if (state.kind !== "waiting" || leftMs <= 0) return this.#made();
    state.over ??= sleep(this.#clock, leftMs, this.#life.signal);
    return state.over;
  }

  #wait(error: unknown): void {
    this.#state = { kind: "waiting", until: this.#clock.now() + this.#backoff.next(), error };
  }

  #lose(connection: Connection<Request, Response>): void {
    const state = this.#state;
    if (state.kind !== "connected" || state.connection !== connection) return;
    if (state.proven) this.#state = { kind: "idle" };
    else this.#wait(new Error("it was lost before it answered a call"));
    void this.#dispose(connection);
  }

  #lost(error: unknown): boolean {
    try {
      return this.#isLost(error);
    } catch (fault) {
      faults.publish({ where: "reconnect.isLost", error: fault });
      return true;
    }
  }

  #refusal(until: number, cause: unknown): MillraceError {
    const retryAfterMs = until - this.#clock.now();
    const message = `no connection is tried for another ${Math.ceil(retryAfterMs)} ms`;
    return new MillraceError(message, { code: "connect-failed", unsent: true, retryAfterMs, cause });
  }

  async #end(): Promise<void> {
    const state = this.#state;
    this.#state = { kind: "idle" };
    this.#life.abort(closedError("the connection"));
    if (state.kind === "connecting") await state.made;
    if (state.kind === "connected") await this.#dispose(state.connection);
  }

  /** Closes a connection. One that cannot be closed is a fault, and is let go of all the same. */
  async #dispose(connection: Connection<Request, Response>): Promise<void> {
    try {
      await connection[Symbol.asyncDispose]?.();
      connection[Symbol.dispose]?.();
    } catch (error) {
      faults.publish({ where: "reconnect.connect", error });
    }
  }
}

function connectionIsGone(error: unknown): boolean {
  return isMillraceError(error, "connection-lost") || isMillraceError(error, "closed");
}

function connectFailed(cause: unknown): MillraceError {
  if (isMillraceError(cause)) return cause;
  const message = `cannot connect: ${String(cause)}`;
  return new MillraceError(message, { code: "connect-failed", unsent: true, cause });
}
