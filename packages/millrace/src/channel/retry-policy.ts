import { isMillraceError } from "../base/errors.js";
import { invalidOption } from "../base/options.js";
import type { RetryPolicy } from "../service/retry/policy.js";
import type { HttpRequest, HttpResponse } from "../wire/http/message.js";
import { isIdempotent } from "../wire/http/status.js";

/**
 * What a failed attempt may look like to be worth another member: no connection; a connection that broke
 * before the answer was whole; no answer in time; a status that tells of a gateway in trouble.
 */
export type RetryCondition = "connect-failure" | "reset" | "timeout" | "502" | "503" | "504";

const known: readonly RetryCondition[] = ["connect-failure", "reset", "timeout", "502", "503", "504"];

/**
 * Decides which requests go to another member: those that provably did not reach the first one, and
 * idempotent ones that failed in one of the ways named. A body that is a stream is sent only once.
 *
 * @throws MillraceError `invalid-options`, at once, when there is no such condition
 */
export function createRetryPolicy(on: readonly RetryCondition[]): RetryPolicy<HttpRequest, HttpResponse> {
  requireConditions(on);
  const conditions = new Set(on);
  return {
    shouldRetry(request, outcome) {
      if ("response" in outcome) {
        const { status } = outcome.response;
        if (status < 502 || status > 504) return false;
        return conditions.has(String(status) as RetryCondition) && isRepeatable(request);
      }
      const { error } = outcome;
      const condition = conditionOf(error);
      if (condition === undefined || !conditions.has(condition)) return false;
      return isMillraceError(error) && error.unsent ? isUntouched(request) : isRepeatable(request);
    },
    discard(response) {
      if (response.body.kind === "stream") response.body.cancel();
    },
  };
}

/**
 * Checks conditions.
 *
 * @throws MillraceError `invalid-options` when there is no such condition
 */
export function requireConditions(on: readonly RetryCondition[]): void {
  if (!Array.isArray(on)) throw invalidOption("retry.on", "a list of conditions", on);
  for (const condition of on) {
    if (!known.includes(condition)) throw invalidOption("retry.on", `one of ${known.join(", ")}`, condition);
  }
}

/** Whether a call that failed with `error` found nobody to take it, and can be sent as it is. */
export function isRefusal(request: HttpRequest, error: unknown): boolean {
  if (!isMillraceError(error) || !error.unsent) return false;
  return conditionOf(error) === "connect-failure" && isUntouched(request);
}

function conditionOf(error: unknown): RetryCondition | undefined {
  if (!isMillraceError(error)) return undefined;
  switch (error.code) {
    case "connect-failed":
    case "closed":
      return "connect-failure";
    case "connection-lost":
      return "reset";
    case "timeout":
      return error.phase === "connect" ? "connect-failure" : error.phase === "head" ? "timeout" : undefined;
    default:
      return undefined;
  }
}

function isRepeatable(request: HttpRequest): boolean {
  return request.body.kind !== "stream" && isIdempotent(request.method);
}

/** Nothing of the request has left: even a stream is still whole, unless somebody has begun to read it. */
function isUntouched(request: HttpRequest): boolean {
  return request.body.kind !== "stream" || !request.body.done;
}
