import { type Clock, isMillraceError, sleep } from "millrace/base";
import { readHandoffStatus } from "millrace/handoff";
import type { HandoffConfig } from "../config/handoff.js";

/** So often a start is tried in all. */
const mostTries = 4;
/** How long the place may take to get from one that was killed to the next, in milliseconds. */
const passingMs = 1_500;
const lookEveryMs = 50;

/**
 * Starts, and starts again when that has failed because the proxy that ran was killed meanwhile: whoever has its place then,
 * the one before it or a worker that it has left, is there to be taken over from.
 *
 * `onFailed` hears why a try has failed that may be followed by another.
 *
 * @throws whatever the last try has failed by
 */
export async function withAnotherTry<T>(
  start: () => Promise<T>,
  handoff: HandoffConfig | undefined,
  { clock, onFailed }: { readonly clock: Clock; readonly onFailed: (error: Error) => void },
): Promise<T> {
  if (!handoff) return start();
  for (let tries = 1; ; tries += 1) {
    const before = await servingNow(handoff);
    try {
      return await start();
    } catch (error) {
      // So ends what finds the place gone to somebody else.
      if (tries === mostTries || !isMillraceError(error, "closed")) throw error;
      onFailed(error);
      if (!(await hasPassed(handoff, before, clock))) throw error;
    }
  }
}

/** Whether another process serves than `before`, now or soon. */
async function hasPassed(handoff: HandoffConfig, before: number | undefined, clock: Clock): Promise<boolean> {
  const until = clock.now() + passingMs;
  for (;;) {
    const serving = await servingNow(handoff);
    if (serving !== undefined) return serving !== before;
    if (clock.now() >= until) return false;
    await sleep(clock, lookEveryMs);
  }
}

async function servingNow({ name, folder }: HandoffConfig): Promise<number | undefined> {
  const status = await readHandoffStatus({ name, folder }).catch(() => undefined);
  const newest = status?.generations[0];
  return newest?.phase === "serving" ? newest.pid : undefined;
}
