import { type Clock, sleep } from "../../base/clock.js";
import type { HandoffStatus } from "../control/messages.js";
import type { Handoff } from "../handoff.js";
import { type HandoffQuestion, readHandoffStatus } from "../status.js";
import type { ProcessOptions } from "./options.js";

/** Whether this process stays after it has handed over. */
export function stays({ stay = process.pid === 1 }: ProcessOptions): boolean {
  return stay;
}

/** By what those who come after this process are found. */
export function programOf(
  handoff: Pick<Handoff, "status">,
  { folder }: { readonly folder?: string | undefined },
): HandoffQuestion {
  return { name: handoff.status.name, folder };
}

/** Sends a signal to whoever serves. False when nobody is found: then there may be somebody in a moment. */
async function passOn(signal: NodeJS.Signals, program: HandoffQuestion): Promise<boolean> {
  const serving = await servingNow(program);
  if (serving !== undefined) send(signal, serving);
  return serving !== undefined;
}

/** The same, looking again a few times while nobody is found. */
export async function passOnSoon(
  signal: NodeJS.Signals,
  program: HandoffQuestion,
  clock: Clock,
): Promise<void> {
  for (let misses = 0; misses < missesAllowed; misses += 1) {
    if (await passOn(signal, program)) return;
    await sleep(clock, lookEveryMs);
  }
}

const lookEveryMs = 500;
/** Looks in a row that must find nobody: between two generations there may be a moment without one. */
const missesAllowed = 4;

/**
 * Stands in for the generations that come after this process: passes SIGTERM and SIGINT on to whoever serves, and
 * settles when nobody does any more.
 */
export async function stayFor(program: HandoffQuestion, clock: Clock): Promise<void> {
  let left: NodeJS.Signals | undefined;
  const pass = async (signal: NodeJS.Signals) => {
    left = (await passOn(signal, program)) ? undefined : signal;
  };
  const listener = (signal: NodeJS.Signals) => void pass(signal);
  process.on("SIGTERM", listener);
  process.on("SIGINT", listener);
  try {
    for (let misses = 0; misses < missesAllowed; await sleep(clock, lookEveryMs)) {
      misses = (await servingNow(program)) === undefined ? misses + 1 : 0;
      if (left) await pass(left);
    }
  } finally {
    process.off("SIGTERM", listener);
    process.off("SIGINT", listener);
  }
}

/** The process that serves, unless that is this one. */
async function servingNow(program: HandoffQuestion): Promise<number | undefined> {
  const status = await readHandoffStatus(program).catch((): HandoffStatus | undefined => undefined);
  const serving = status?.generations[0]?.pid;
  return serving === process.pid ? undefined : serving;
}

function send(signal: NodeJS.Signals, pid: number): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended since it was seen, which is what the next look finds.
  }
}
