import { isMillraceError } from "millrace/base";
import { errorStatus } from "millrace/wire";
import type { FailureReason } from "../ipc/report.js";

/** Why a request had no good answer, as counters and logs name it. */
export function failureReason(error: unknown): FailureReason {
  if (!isMillraceError(error)) return "internal";
  switch (error.code) {
    case "unavailable":
    case "closed":
      return "no-server";
    case "connect-failed":
      return "connect-failed";
    case "connection-lost":
      return "reset";
    case "timeout":
      return timeoutReason(error.phase);
    case "aborted":
      return "client-gone";
    case "overloaded":
    case "budget-exhausted":
      return "overloaded";
    case "protocol":
    case "too-large":
      return protocolReason(errorStatus(error), error.code);
    case "invalid-options":
      return "internal";
  }
}

function timeoutReason(phase: string | undefined): FailureReason {
  switch (phase) {
    case "connect":
    case "queue":
      return "connect-timeout";
    case "call":
      return "request-timeout";
    case "write":
      return "client-timeout";
    default:
      return "response-timeout";
  }
}

function protocolReason(status: number, code: "protocol" | "too-large"): FailureReason {
  if (status === 408) return "client-timeout";
  if (status >= 500 && status !== 501 && status !== 505) return "bad-response";
  return code === "too-large" ? "too-large" : "bad-request";
}
