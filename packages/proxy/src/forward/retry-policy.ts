import { isMillraceError } from "millrace/base";
import type { RetryPolicy } from "millrace/service";
import { type HttpRequest, type HttpResponse, isIdempotent } from "millrace/wire";
import type { RetryCondition } from "../config/settings.js";

/**
 * Decides which requests go to another server: those that provably did not reach the first one, and
 * idempotent ones that failed in one of the ways configured. A body that is a stream is sent only once.
 */
export function createRetryPolicy(on: readonly RetryCondition[]): RetryPolicy<HttpRequest, HttpResponse> {
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
