import { type Clock, sleep } from "../../base/clock.js";
import { isMillraceError } from "../../base/errors.js";
import type { Handoff } from "../handoff.js";
import { type HandoffQuestion, readStatus } from "../status.js";
import type { ProcessOptions } from "./options.js";
import { listenAll, type Restarting, restartAt } from "./signals.js";

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

const lookEveryMs = 500;
/** Looks in a row that must find nobody: between two generations there may be a moment without one. */
const missesAllowed = 4;
/** The first asks to end, the second not to wait; further ones say nothing new while these are on their way. */
const signalsAtOnce = 2;

/** Passes signals on to whoever serves, one after the other, however many come. */
export class SignalRelay {
  readonly #program: HandoffQuestion;
  readonly #clock: Clock;
  readonly #waiting: NodeJS.Signals[] = [];

  constructor(program: HandoffQuestion, clock: Clock) {
    this.#program = program;
    this.#clock = clock;
  }

  /** Passes `signal` on, and looks again a few times while nobody is found. */
  pass(signal: NodeJS.Signals): void {
    if (this.#waiting.length >= signalsAtOnce) return;
    this.#waiting.push(signal);
    if (this.#waiting.length === 1) void this.#passAll();
  }

  async #passAll(): Promise<void> {
    for (let signal = this.#waiting[0]; signal; signal = this.#waiting[0]) {
      await this.#passSoon(signal);
      this.#waiting.shift();
    }
  }

  async #passSoon(signal: NodeJS.Signals): Promise<void> {
    for (let misses = 0; misses < missesAllowed; misses += 1) {
      const serving = await servingNow(this.#program, this.#clock);
      if (typeof serving === "number") return send(signal, serving);
      await sleep(this.#clock, lookEveryMs);
    }
  }
}

/**
 * Stands in for the generations that come after this process, whom nobody outside knows: passes SIGTERM and SIGINT on to
 * whoever serves, starts the next one when `restarting` says so, and settles when nobody serves any more. It listens
 * from the call on.
 */
export async function stayFor(
  program: HandoffQuestion,
  clock: Clock,
  restarting?: Restarting,
): Promise<void> {
  const relay = new SignalRelay(program, clock);
  using _stops = listenAll(["SIGTERM", "SIGINT"], (signal) => relay.pass(signal));
  using _restarts = restarting && restartAt(restarting);
  for (let misses = 0; misses < missesAllowed; await sleep(clock, lookEveryMs))
    misses = (await servingNow(program, clock)) === undefined ? misses + 1 : 0;
}

/** The process that serves, unless that is this one. `silent` where there is one that does not say who it is. */
async function servingNow(program: HandoffQuestion, clock: Clock): Promise<number | "silent" | undefined> {
  try {
    const { generations } = await readStatus(program, clock);
    const serving = generations[0]?.pid;
    return serving === process.pid ? undefined : serving;
  } catch (error) {
    return isMillraceError(error, "timeout") ? "silent" : undefined;
  }
}

function send(signal: NodeJS.Signals, pid: number): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended since it was seen, which is what the next look finds.
  }
}
