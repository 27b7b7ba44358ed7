import { isMillraceError } from "../../base/errors.js";

/** Which HTTP status says to a client what went wrong: the one place where codes become statuses. */
export function errorStatus(error: unknown): number {
  if (!isMillraceError(error)) return 500;
  const status = (error as { readonly status?: unknown }).status;
  switch (error.code) {
    case "protocol":
    case "too-large":
      return typeof status === "number" ? status : 502;
    case "timeout":
      return 504;
    case "overloaded":
    case "unavailable":
    case "closed":
    case "budget-exhausted":
      return 503;
    case "connect-failed":
    case "connection-lost":
      return 502;
    case "aborted":
      return 499;
    case "invalid-options":
      return 500;
  }
}
