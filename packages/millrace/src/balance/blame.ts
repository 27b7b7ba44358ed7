import { type ErrorCode, isMillraceError } from "../base/errors.js";
import type { CallContext } from "../service/context.js";

/**
 * Who is to blame for a call that was rejected: its `caller`, who gave up or asked for the impossible;
 * the `member`; or `nobody`, when the call was turned away on this side for want of capacity.
 */
export type Blame = "caller" | "member" | "nobody";

/** Judges a rejection. A caller that waited until its time limit does not count as one that gave up. */
export function blame(error: unknown, context: CallContext): Blame {
  if (context.aborted && !isMillraceError(context.reason, "timeout")) return "caller";
  return isMillraceError(error) ? blameOf[error.code] : "member";
}

const blameOf: Readonly<Record<ErrorCode, Blame>> = {
  aborted: "caller",
  "invalid-options": "caller",
  "too-large": "caller",
  overloaded: "nobody",
  closed: "nobody",
  "budget-exhausted": "nobody",
  timeout: "member",
  unavailable: "member",
  "connect-failed": "member",
  "connection-lost": "member",
  protocol: "member",
};
