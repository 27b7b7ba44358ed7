import { type Clock, sleep } from "../../base/clock.js";
import type { HandoffStatus } from "../control/messages.js";
import { type HandoffQuestion, readHandoffStatus } from "../status.js";

const lookEveryMs = 500;
/** Looks in a row that must find nobody: between two generations there may be a moment without one. */
const missesAllowed = 4;

/**
 * Stands in for the generations that come after this process: passes SIGTERM and SIGINT on to whoever serves, and
 * settles when nobody does any more.
 */
export async function stayFor(program: HandoffQuestion, clock: Clock): Promise<void> {
  let serving: number | undefined;
  const pass = (signal: NodeJS.Signals) => {
    if (serving !== undefined) passOn(signal, serving);
  };
  process.on("SIGTERM", pass);
  process.on("SIGINT", pass);
  try {
    for (let misses = 0; misses < missesAllowed; await sleep(clock, lookEveryMs)) {
      const status = await readHandoffStatus(program).catch((): HandoffStatus | undefined => undefined);
      serving = status?.generations[0]?.pid;
      misses = status ? 0 : misses + 1;
    }
  } finally {
    process.off("SIGTERM", pass);
    process.off("SIGINT", pass);
  }
}

function passOn(signal: NodeJS.Signals, pid: number): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended since it was last seen, which is what the next look finds.
  }
}
