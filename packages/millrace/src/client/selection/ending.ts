import { isMillraceError } from "../../base/errors.js";
import type { CallContext } from "../../service/context.js";
import type { LimitVerdict } from "../../service/limit/limit-algorithm.js";
import type { Outcome } from "../../service/outcome.js";

/**
 * How a call of a node ended, as far as limits and node selection care: `good` (2xx, 3xx and the like),
 * `refused` (4xx but 429), `throttled` (429), `error` (500), `unavailable` (other 5xx), `lost` (no answer:
 * input and output failed), `given-up` (by its caller) or `unsaid`, which tells nothing of the node.
 */
export type Ending =
  | "good"
  | "refused"
  | "throttled"
  | "error"
  | "unavailable"
  | "lost"
  | "given-up"
  | "unsaid";

/** Judges how a call ended. */
export function endingOf(outcome: Outcome<{ readonly status: number }>, context: CallContext): Ending {
  if ("response" in outcome) return endingOfStatus(outcome.response.status);
  if (context.aborted && !isMillraceError(context.reason, "timeout")) return "given-up";
  return isLost(outcome.error) ? "lost" : "unsaid";
}

function endingOfStatus(status: number): Ending {
  if (status < 400) return "good";
  if (status === 429) return "throttled";
  if (status < 500) return "refused";
  return status === 500 ? "error" : "unavailable";
}

/**
 * Whether a call got no answer because input or output failed: no connection, a broken one, bytes that are no
 * message, or a peer that let a limit of its connection pass. The caller's own limit of time says nothing.
 */
export function isLost(error: unknown): boolean {
  if (!isMillraceError(error)) return isSystemError(error);
  if (error.code === "timeout") return error.phase !== "call" && error.phase !== "queue";
  return lostCodes.includes(error.code);
}

const lostCodes: readonly string[] = ["connect-failed", "connection-lost", "protocol", "unavailable"];

/** Node's own errors of sockets and name look-ups carry the name of the call that failed. */
function isSystemError(error: unknown): boolean {
  return error instanceof Error && "syscall" in error;
}

/** What an ending tells the limit of a whole node. */
export const nodeVerdict: Readonly<Record<Ending, LimitVerdict>> = {
  good: "success",
  refused: "success",
  throttled: "ignored",
  error: "ignored",
  unavailable: "dropped",
  lost: "dropped",
  "given-up": "ignored",
  unsaid: "ignored",
};

/** What an ending tells the limit of one endpoint of a node. */
export const endpointVerdict: Readonly<Record<Ending, LimitVerdict>> = {
  good: "success",
  refused: "success",
  throttled: "dropped",
  error: "dropped",
  unavailable: "ignored",
  lost: "ignored",
  "given-up": "ignored",
  unsaid: "ignored",
};
