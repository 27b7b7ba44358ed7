const brand = Symbol.for("millrace.error");

/** Stable, machine-readable reasons. Match on these, not on messages. */
export type ErrorCode =
  /** An option, configuration or argument is out of its range. */
  | "invalid-options"
  /** A limit of time passed before an answer. `phase` says which. */
  | "timeout"
  /** Refused here, before any work, to protect this process or the peer. */
  | "overloaded"
  /** Nobody can take the call: no member, none healthy. */
  | "unavailable"
  /** The component was closed, or is draining. */
  | "closed"
  /** The caller gave up. */
  | "aborted"
  /** A connection could not be made. */
  | "connect-failed"
  /** An established connection broke before the answer was whole. */
  | "connection-lost"
  /** The peer's bytes break the protocol. */
  | "protocol"
  /** A message is over one of the configured limits. */
  | "too-large"
  /** A retry was wanted, but the budget had nothing left. */
  | "budget-exhausted";

/** Which wait a `timeout` ended. */
export type TimeoutPhase = "call" | "connect" | "head" | "body" | "idle" | "queue" | "write";

/** What an error tells beside its message. */
export interface MillraceErrorInit {
  /** What went wrong, for programs. */
  readonly code: ErrorCode;
  /** Whether the peer is certain never to have seen the request, so that any request may be repeated. */
  readonly unsent: boolean;
  /** How long the peer asked to wait before another try, in milliseconds. */
  readonly retryAfterMs?: number | undefined;
  /** Which wait ended, for `timeout`. */
  readonly phase?: TimeoutPhase | undefined;
  /** What went wrong underneath, if this error reports someone else's failure. */
  readonly cause?: unknown;
}

/** Every failure that this library itself decides on. Failures of the peer pass through untouched. */
export class MillraceError extends Error {
  /** `MillraceError`, or the name of the class that extends it. */
  override readonly name: string = "MillraceError";
  readonly [brand] = true;
  /** What went wrong, for programs. */
  readonly code: ErrorCode;
  /** Whether the peer is certain never to have seen the request. */
  readonly unsent: boolean;
  /** How long the peer asked to wait before another try, in milliseconds. */
  readonly retryAfterMs: number | undefined;
  /** Which wait ended, for `timeout`. */
  readonly phase: TimeoutPhase | undefined;

  constructor(message: string, init: MillraceErrorInit) {
    super(message, init.cause === undefined ? undefined : { cause: init.cause });
    this.code = init.code;
    this.unsent = init.unsent;
    this.retryAfterMs = init.retryAfterMs;
    this.phase = init.phase;
  }
}

/** Recognises a {@link MillraceError}, also one thrown by another copy of this package. */
export function isMillraceError(value: unknown, code?: ErrorCode): value is MillraceError {
  if (!(value instanceof Error) || !(brand in value)) return false;
  return code === undefined || (value as MillraceError).code === code;
}

/** The error of work that was given up by whoever asked for it. */
export function abortedError(reason?: unknown): MillraceError {
  return new MillraceError("the caller gave up", { code: "aborted", unsent: false, cause: reason });
}

/** The error of asking something of a component that was closed. */
export function closedError(what: string): MillraceError {
  return new MillraceError(`${what} is closed`, { code: "closed", unsent: true });
}
