import { isMillraceError } from "../../base/errors.js";

/** The error that `fetch` rejects with when there is no response: what went wrong is its `cause`. */
export function fetchFailed(cause: unknown): TypeError {
  return new TypeError("fetch failed", { cause });
}

/**
 * The error that readers of a body see when it breaks off. The reason of whoever gave the call up stays as it is,
 * such as the `AbortError` of a signal.
 */
export function bodyFailed(error: unknown): unknown {
  return isMillraceError(error) ? new TypeError("terminated", { cause: error }) : error;
}
