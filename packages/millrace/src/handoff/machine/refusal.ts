import { MillraceError } from "../../base/errors.js";
import type { Refusal } from "../control/messages.js";

/** The error of a process that its predecessor has turned away. */
export function refusal(code: Refusal, reason: string): MillraceError {
  return new MillraceError(`the running process refuses to hand over: ${reason}`, {
    // A later version may have more reasons.
    code: codes[code] ?? "unavailable",
    unsent: true,
  });
}

const codes: Readonly<
  Record<Refusal, "protocol" | "invalid-options" | "unavailable" | "closed" | "timeout">
> = {
  protocol: "protocol",
  addresses: "invalid-options",
  busy: "unavailable",
  terminating: "closed",
  way: "unavailable",
  late: "timeout",
};
