import type { Server } from "node:net";
import { sleep, systemClock } from "../base/clock.js";
import { ChildAbort } from "../base/signal.js";
import type { Watch } from "../base/watch.js";
import type { HandoffStatus } from "./control/messages.js";
import type { Handoff } from "./handoff.js";
import { openHandoff } from "./open-handoff.js";
import { defaultReadyMs, type HandoffOptions } from "./options.js";
import type { HandoffEnding, HandoffPhase } from "./phase.js";
import { attend } from "./process/attend.js";
import type { ProcessOptions } from "./process/options.js";
import { type ReadyCheck, untilReady } from "./process/readiness.js";
import { startAgain, startedWith } from "./process/restart.js";
import { requireRestartSignals } from "./process/signals.js";
import { programOf, stayFor, stays } from "./process/stay.js";

/** What `run` is given beside its listeners. */
export interface RunContext {
  /** Aborts when connections are gone, or their time is over: what is still open is to be closed now. */
  readonly signal: AbortSignal;
  /**
   * To be called once requests can be answered: until then a predecessor answers them. Settles when this process serves.
   *
   * @throws MillraceError when the predecessor has given up on this process
   */
  ready(): Promise<void>;
  /** 1 for the first. */
  readonly generation: number;
  /** What the predecessor's `state` gave; `undefined` for the first. */
  readonly inherited: unknown;
  /** Where this process is in the succession: `standby` and `draining` are when clients should leave. */
  readonly phase: Watch<HandoffPhase>;
  /** All generations as far as this process knows them, with their connections: made anew at each look. */
  readonly status: HandoffStatus;
}

/** A program that hands over to its next version. */
export interface ServeOptions extends HandoffOptions, ProcessOptions {
  /**
   * The program: listens on `listeners`, one for each address in their order, and calls `ready`. Each listener is a
   * `net.Server` that listens already: `http.createServer(app).listen(listener)`. Servers that listen on one are closed
   * when all is over; what else the program has opened it closes when `signal` aborts.
   */
  readonly run: (listeners: readonly Server[], context: RunContext) => void | Promise<void>;
  /**
   * Says when this process can serve, in place of a call of `ready`: asked once `run` is called, and then every 100 ms
   * until it gives `true` or `readyMs` are over. `false` and errors mean not yet; a check may take 5 s.
   *
   * It is to check what the program needs, and that it listens. Its addresses answer only once it serves.
   * @defaultValue none: `run` calls `ready`
   */
  readonly readyWhen?: ReadyCheck | undefined;
}

/** What `run` has for closing after its signal, in milliseconds. */
const closingMs = 1_000;

/**
 * Runs a program that the next start of it takes over from: the first listens, each later one gets the addresses from
 * the one before, which finishes its requests and leaves. Settles when this process's part is over; the process then
 * ends by itself, unless the program has left something open.
 *
 * @throws MillraceError `invalid-options` when options, addresses or the control folder cannot be used; `protocol`,
 * `unavailable`, `closed` or `timeout` when the running process refuses; `timeout` when
 * `readyWhen` has not passed in time; whatever `run` throws
 */
export async function serve({ run, readyWhen, ...options }: ServeOptions): Promise<HandoffEnding> {
  requireRestartSignals(options.restartOn);
  const clock = options.clock ?? systemClock;
  const started = startedWith();
  const restart = (onExit?: () => void) => startAgain(started, process.env, onExit);
  const closing = new AbortController();
  let running: Promise<void> | undefined;
  const handoff = await openHandoff({
    ...options,
    restart: async () => void (await restart()),
    async finish() {
      closing.abort(new Error("this process is to end"));
      const closed = new AbortController();
      const late = sleep(clock, closingMs, closed.signal).catch(() => undefined);
      await Promise.race([running?.catch(() => undefined), late]);
      closed.abort();
    },
  });
  using attendance = attend(handoff, restart, options);
  running = start(run, handoff, closing.signal);
  const checking = readyWhen && check(readyWhen, handoff, closing.signal, options);
  await Promise.race([handoff.ended, failure(running), ...(checking ? [failure(checking)] : [])]).catch(
    async (error: unknown) => {
      // Who fails on probation has somebody who serves in its stead.
      if (!(await handoff.giveBack(messageOf(error)))) await handoff.stop();
      throw error;
    },
  );
  const ending = await handoff.ended;
  await attendance.told;
  if (ending === "handed-over" && stays(options)) {
    // It listens before the attendance stops to: process 1 loses a signal for which nobody listens.
    const { restartOn } = options;
    const staying = stayFor(programOf(handoff, options), clock, { restartOn, restart });
    attendance[Symbol.dispose]();
    await staying;
  }
  return ending;
}

async function start(run: ServeOptions["run"], handoff: Handoff, signal: AbortSignal): Promise<void> {
  const { generation, inherited, phase, listeners } = handoff;
  const context: RunContext = {
    signal,
    generation,
    inherited,
    phase,
    ready: () => handoff.ready(),
    get status() {
      return handoff.status;
    },
  };
  await run(listeners, context);
}

/** Calls `ready` for the program once its check has passed. A process that serves or ends by then needs none. */
async function check(
  readyWhen: ReadyCheck,
  handoff: Handoff,
  ending: AbortSignal,
  { clock = systemClock, readyMs: withinMs = defaultReadyMs }: HandoffOptions,
): Promise<void> {
  using needed = new ChildAbort(ending);
  using _served = handoff.phase.subscribe(() => needed.abort(new Error("this process serves, or is to end")));
  try {
    await untilReady(readyWhen, { clock, withinMs, signal: needed.signal });
  } catch (error) {
    if (needed.signal.aborted) return;
    throw error;
  }
  await handoff.ready();
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Rejects when `running` does, and never settles otherwise: a program that has set itself up may return. */
function failure(running: Promise<void>): Promise<never> {
  return new Promise((_, reject) => void running.catch(reject));
}
