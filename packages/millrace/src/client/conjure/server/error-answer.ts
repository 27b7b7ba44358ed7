import { randomUUID } from "node:crypto";
import { isMillraceError } from "../../../base/errors.js";
import { isConjureError } from "../bridge/conjure-error.js";
import { type ConjureErrorCode, statusOfCode } from "../error-code.js";
import { isRemoteError, type RemoteError } from "../remote-error.js";
import type { SerializedError } from "../serialized-error.js";
import { isQosError, type QosError } from "./qos-error.js";
import { isServiceError } from "./service-error.js";

/** What a server answers instead of what was asked for. */
export interface ErrorAnswer {
  /** The HTTP status, from 400 to 599. */
  readonly status: number;
  /** Header fields by name in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** The error; `undefined` for a refusal, which has no content. */
  readonly error: SerializedError | undefined;
  /** The content: the error as JSON, or nothing. */
  readonly body: string;
}

/** How errors become answers. */
export interface ErrorAnswerOptions {
  /**
   * Told of every error with what is answered, for logs: the client learns nothing of an internal error but
   * its instance id, so that logs must have both. What it throws is ignored.
   * @defaultValue nobody is told
   */
  readonly onError?: ((error: unknown, answer: ErrorAnswer) => void) | undefined;
}

/**
 * Says what to answer when a handler throws: the wire form and status of Conjure.
 *
 * A `ServiceError` tells what it holds; a `QosError` is 429 or 503. A `RemoteError` that propagates is passed on
 * as it came. An error with a status below 500, as frameworks and validators throw, keeps that status. Any other
 * error is `Default:Internal`, of which the client learns nothing more than an id.
 */
export function errorAnswer(error: unknown, options: ErrorAnswerOptions = {}): ErrorAnswer {
  const answer = answerOf(error);
  try {
    options.onError?.(error, answer);
  } catch {
    // Who writes logs must not keep the client from its answer.
  }
  return answer;
}

function answerOf(error: unknown): ErrorAnswer {
  if (isServiceError(error)) return answerWith(error.toJSON());
  if (isQosError(error)) return refusal(error);
  const remote = isConjureError(error) ? error.originalError : error;
  if (isRemoteError(remote) && remote.propagates) return passedOn(remote);
  if (isMillraceError(error, "overloaded")) {
    return refusal({
      kind: "unavailable",
      retryAfterMs: error.retryAfterMs,
      doNotRetry: false,
      dueTo: undefined,
    });
  }
  if (isMillraceError(error, "timeout")) return plainAnswer("TIMEOUT", "Default:Timeout");
  // Another server's status says nothing about what this one was asked for.
  const ofAnother = isRemoteError(error) || isConjureError(error) || isMillraceError(error);
  const status = ofAnother ? undefined : statusOfError(error);
  return status === undefined ? plainAnswer("INTERNAL", "Default:Internal") : clientFault(status);
}

const clientFaults: Readonly<Record<number, readonly [ConjureErrorCode, string]>> = {
  400: ["INVALID_ARGUMENT", "Default:InvalidArgument"],
  403: ["PERMISSION_DENIED", "Default:PermissionDenied"],
  404: ["NOT_FOUND", "Default:NotFound"],
  409: ["CONFLICT", "Default:Conflict"],
  413: ["REQUEST_ENTITY_TOO_LARGE", "Default:RequestEntityTooLarge"],
};

function clientFault(status: number): ErrorAnswer {
  const [code, name] = clientFaults[status] ?? ["CUSTOM_CLIENT", "Default:CustomClient"];
  return { ...plainAnswer(code, name), status };
}

/** The status of a fault of the client, as `statusCode` or `status` of errors that frameworks make. */
function statusOfError(error: unknown): number | undefined {
  if (!(error instanceof Error)) return undefined;
  const { statusCode, status = statusCode } = error as { statusCode?: unknown; status?: unknown };
  return typeof status === "number" && Number.isInteger(status) && status >= 400 && status < 500
    ? status
    : undefined;
}

function passedOn({ code, error, retryAfterMs, retryHint, dueTo }: RemoteError): ErrorAnswer {
  if (code === "failed" && error) return answerWith(error);
  const kind = code === "throttled" ? "throttle" : "unavailable";
  const doNotRetry = retryHint === "do-not-retry";
  return refusal({ kind, retryAfterMs, doNotRetry, dueTo: dueTo === "custom" ? dueTo : undefined });
}

function plainAnswer(errorCode: ConjureErrorCode, errorName: string): ErrorAnswer {
  return answerWith({ errorCode, errorName, errorInstanceId: randomUUID(), parameters: {} });
}

function answerWith(error: SerializedError): ErrorAnswer {
  // A code that came from another server, and is newer than this one, is at least no success.
  const status = statusOfCode(error.errorCode) ?? 500;
  return { status, headers: { "content-type": "application/json" }, error, body: jsonOf(error) };
}

/** Parameters that cannot be written are left out: an error must not become another one. */
function jsonOf(error: SerializedError): string {
  try {
    return JSON.stringify(error);
  } catch {
    return JSON.stringify({ ...error, parameters: {} });
  }
}

function refusal(refused: Pick<QosError, "kind" | "retryAfterMs" | "doNotRetry" | "dueTo">): ErrorAnswer {
  const { kind, retryAfterMs, doNotRetry, dueTo } = refused;
  const headers: Record<string, string> = {};
  // Whoever works it out may come to a time that has passed, or to none: that must not make a failure of a refusal.
  if (retryAfterMs !== undefined && Number.isFinite(retryAfterMs)) {
    headers["retry-after"] = String(Math.max(0, Math.ceil(retryAfterMs / 1_000)));
  }
  if (doNotRetry) headers["qos-retry-hint"] = "do-not-retry";
  if (dueTo !== undefined) headers["qos-due-to"] = dueTo;
  return { status: kind === "throttle" ? 429 : 503, headers, error: undefined, body: "" };
}
