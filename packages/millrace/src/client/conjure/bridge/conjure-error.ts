const brand = Symbol.for("millrace.conjure-error");

/**
 * What kind of failure a {@link ConjureError} is: `NETWORK`, no answer came; `STATUS`, the answer is no success;
 * `PARSE`, it cannot be read; `OTHER`, the rest, such as a call that was given up.
 */
export type ConjureErrorType = "NETWORK" | "OTHER" | "PARSE" | "STATUS";

/** What a server said about load with its answer. */
export interface QosMetadata {
  /** `QoS-Retry-Hint`: `do-not-retry` asks not to try again. */
  readonly retryHint: string | undefined;
  /** `QoS-Due-To`: what the load is due to. */
  readonly dueTo: string | undefined;
}

/** What a {@link ConjureError} tells beside its type. */
export interface ConjureErrorInit {
  /** What went wrong underneath. */
  readonly originalError?: unknown;
  /** Status of the answer. */
  readonly status?: number | undefined;
  /** The answer: of a Conjure service the error, otherwise its text. */
  readonly body?: unknown;
  /** What the server said about load. */
  readonly qos?: QosMetadata | undefined;
}

/**
 * The error of a generated client's call, with the members that code for `conjure-client` looks at: its
 * `isConjureError` accepts it, and generated guards work on its `body`. Other than there, it is an `Error`.
 */
export class ConjureError extends Error {
  /** Always `ConjureError`. */
  override readonly name: string = "ConjureError";
  readonly [brand] = true;
  /** What kind of failure it is. */
  readonly type: ConjureErrorType;
  /** What went wrong underneath; the same as `cause`. */
  readonly originalError: unknown;
  /** Status of the answer; `undefined` when none came. */
  readonly status: number | undefined;
  /** The answer: of a Conjure service the error, otherwise its text. Unsafe to log. */
  readonly body: unknown;
  /** What the server said about load. */
  readonly qos: QosMetadata | undefined;

  constructor(type: ConjureErrorType, { originalError, status, body, qos }: ConjureErrorInit = {}) {
    super(
      messageOf(type, status, originalError),
      originalError === undefined ? undefined : { cause: originalError },
    );
    this.type = type;
    this.originalError = originalError;
    this.status = status;
    this.body = body;
    this.qos = qos;
  }

  /** Everything about the error as JSON, in the form of `conjure-client`. */
  override toString(): string {
    const { body, originalError, qos, status, type } = this;
    const original =
      originalError === undefined || originalError === null ? originalError : String(originalError);
    return JSON.stringify({ body, originalError: original, qos, status, type }, null, "  ");
  }
}

/** Recognises a {@link ConjureError}, also one of another copy of this package, or of `conjure-client`. */
export function isConjureError(value: unknown): value is ConjureError {
  if (typeof value !== "object" || value === null) return false;
  if (brand in value) return true;
  const prototype = Object.getPrototypeOf(value) as {
    readonly constructor?: { readonly name?: unknown };
  } | null;
  return prototype?.constructor?.name === "ConjureError";
}

function messageOf(type: ConjureErrorType, status: number | undefined, cause: unknown): string {
  const what = cause instanceof Error ? `: ${cause.message}` : "";
  return `${type}${status === undefined ? "" : ` ${status}`}${what}`;
}
