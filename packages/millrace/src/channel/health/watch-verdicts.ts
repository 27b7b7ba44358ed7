import { messageOf } from "../pool/last-error.js";
import type { CustomHealthCheck, HealthSubject } from "./health-check.js";

/** Follows the verdicts of a check of one's own until disposed. */
export function watchVerdicts(
  check: CustomHealthCheck,
  member: HealthSubject,
  report: (healthy: boolean, reason: string) => void,
): AsyncDisposable {
  const closing = new AbortController();
  const { signal } = closing;

  const follow = async () => {
    for await (const verdict of check.watch(member, signal)) {
      if (signal.aborted) return;
      if (typeof verdict === "boolean") report(verdict, "says its check");
      else report(verdict.healthy, verdict.reason ?? "says its check");
    }
  };
  follow().catch((error: unknown) => {
    if (!signal.aborted) report(false, messageOf(error));
  });

  return {
    async [Symbol.asyncDispose]() {
      // Not waited for: what waits for its next verdict may give up only after it.
      closing.abort(new Error("the checks have ended"));
    },
  };
}
