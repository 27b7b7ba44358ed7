import type { Fields } from "../../wire/http/fields.js";
import type { SerializedError } from "./serialized-error.js";

const brand = Symbol.for("millrace.remote-error");

/** Stable, machine-readable kinds of a {@link RemoteError}. */
export type RemoteErrorCode =
  /** 429: the server asks to be left alone for a while, see `retryAfterMs`. */
  | "throttled"
  /** 503: the server cannot take requests now. */
  | "unavailable"
  /** Any other answer that is not a success, redirects included: they are not followed. */
  | "failed";

/** What a {@link RemoteError} is made of. */
export interface RemoteErrorInit {
  /** Status of the answer. */
  readonly status: number;
  /** Fields of the answer. */
  readonly fields: Fields;
  /** The Conjure error in the answer's body. */
  readonly error?: SerializedError | undefined;
  /** The answer's body as text, cut where it was too long. */
  readonly text?: string | undefined;
  /** How long the server asked to wait, in milliseconds. */
  readonly retryAfterMs?: number | undefined;
  /** What was asked for, for the message: `GET /widgets/{widgetId}`. */
  readonly endpoint?: string | undefined;
  /** Whether the failure is to be passed on to whoever called this process. */
  readonly propagates?: boolean | undefined;
}

/**
 * A server answered, and its answer is not a success.
 *
 * It is the peer's own failure, so it is no `MillraceError`. Match on `code`, `status` or
 * `error.errorName`. The message holds nothing that is unsafe to log; `text` and `error.parameters` may.
 */
export class RemoteError extends Error {
  /** Always `RemoteError`. */
  override readonly name: string = "RemoteError";
  readonly [brand] = true;
  /** What kind of failure it is, for programs. */
  readonly code: RemoteErrorCode;
  /** Status of the answer. */
  readonly status: number;
  /** Fields of the answer. */
  readonly fields: Fields;
  /** The Conjure error in the answer's body; `undefined` when there was none. */
  readonly error: SerializedError | undefined;
  /** The answer's body where it is no Conjure error, cut where it was too long. Unsafe to log. */
  readonly text: string;
  /** How long the server asked to wait before another try, in milliseconds. */
  readonly retryAfterMs: number | undefined;
  /** Whether the failure is to be passed on as it is to whoever called this process, and so not tried again. */
  readonly propagates: boolean;

  constructor(init: RemoteErrorInit) {
    super(messageOf(init));
    this.code = codeOf(init.status);
    this.status = init.status;
    this.fields = init.fields;
    this.error = init.error;
    this.text = init.text ?? "";
    this.retryAfterMs = init.retryAfterMs;
    this.propagates = init.propagates ?? false;
  }

  /** Advice of the server on trying again: `QoS-Retry-Hint`. */
  get retryHint(): string | undefined {
    return this.fields.get("QoS-Retry-Hint");
  }

  /** Why the server sheds load: `QoS-Due-To`. */
  get dueTo(): string | undefined {
    return this.fields.get("QoS-Due-To");
  }
}

/** Recognises a {@link RemoteError}, also one made by another copy of this package. */
export function isRemoteError(value: unknown, code?: RemoteErrorCode): value is RemoteError {
  if (!(value instanceof Error) || !(brand in value)) return false;
  return code === undefined || (value as RemoteError).code === code;
}

function codeOf(status: number): RemoteErrorCode {
  if (status === 429) return "throttled";
  return status === 503 ? "unavailable" : "failed";
}

const safeWord = /^[\w:.-]{1,128}$/;

function messageOf({ status, error, endpoint = "the server" }: RemoteErrorInit): string {
  const words = error ? [error.errorCode, error.errorName, error.errorInstanceId] : [];
  // The peer wrote them: only what looks like a name belongs in a message.
  const named = words.filter((word) => safeWord.test(word)).join(" ");
  return `${endpoint} answered ${status}${named === "" ? "" : `: ${named}`}`;
}
