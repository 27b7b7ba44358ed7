import { constants } from "node:os";
import { systemClock } from "../../base/clock.js";
import type { Handoff } from "../handoff.js";
import type { HandoffQuestion } from "../status.js";
import { giveBackOnExit } from "./exit.js";
import { tellManager } from "./notify.js";
import type { ProcessOptions } from "./options.js";
import { removePidFile, writePidFile } from "./pid-file.js";
import { passOnSoon, programOf, stays } from "./stay.js";

/** What joins a hand-over to the process around it. */
export interface Attendance extends Disposable {
  /** Settles once everybody outside who is to know what becomes of this process knows it. */
  readonly told: Promise<void>;
}

/** Joins a hand-over to the process around it: signals, PID file, service manager, exit. Disposing parts them. */
export function attend(
  handoff: Handoff,
  restart: () => Promise<unknown>,
  {
    stopOnSignals = true,
    restartOn,
    pidFile,
    notify = hasManager(),
    giveBackOnExit: putOff = true,
    ...options
  }: ProcessOptions & { readonly folder?: string | undefined },
): Attendance {
  const program = stays(options) ? programOf(handoff, options) : undefined;
  const notices = notify ? tellManager(handoff) : undefined;
  const parts: (Disposable | undefined)[] = [
    notices,
    pidFile === undefined ? undefined : keepPidFile(handoff, pidFile),
    putOff ? giveBackOnExit(handoff) : undefined,
    restartAt(restartOn, restart),
    ...(stopOnSignals ? stopAt(handoff, program) : []),
  ];
  return {
    get told() {
      return notices?.told ?? Promise.resolve();
    },
    [Symbol.dispose]() {
      for (const part of parts) part?.[Symbol.dispose]();
    },
  };
}

/** Starts the program again at each of the signals. */
export function restartAt(
  signals: readonly NodeJS.Signals[] = defaultRestartSignals(),
  restart: () => Promise<unknown>,
): Disposable {
  const listening = signals.map((signal) => listen(signal, () => void restart().catch(() => undefined)));
  return {
    [Symbol.dispose]() {
      for (const one of listening) one[Symbol.dispose]();
    },
  };
}

function listen(signal: NodeJS.Signals, listener: () => void): Disposable {
  process.on(signal, listener);
  return { [Symbol.dispose]: () => void process.off(signal, listener) };
}

/** A second signal means it: whatever is left then is left, and the exit code says so. */
function stopAt(handoff: Handoff, program: HandoffQuestion | undefined): readonly Disposable[] {
  let stopped = false;
  return (["SIGTERM", "SIGINT"] as const).map((signal) =>
    listen(signal, () => {
      if (stopped) process.exitCode = 128 + constants.signals[signal];
      stopped = true;
      // Who stands for all generations was meant for the one that serves.
      const passedOver = handoff.phase.value === "standby" || handoff.ending === "handed-over";
      if (program && passedOver) void passOnSoon(signal, program, systemClock);
      void handoff.stop();
    }),
  );
}

function keepPidFile(handoff: Handoff, path: string): Disposable {
  return handoff.phase.subscribe((phase) => {
    if (phase === "serving") keep(() => writePidFile(path));
    else if (phase === "ended") keep(() => removePidFile(path));
  });
}

function defaultRestartSignals(): readonly NodeJS.Signals[] {
  const terminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY;
  return terminal ? ["SIGUSR2"] : ["SIGUSR2", "SIGHUP"];
}

function hasManager(): boolean {
  return (process.env["NOTIFY_SOCKET"] ?? "") !== "";
}

/** Who serves without its file serves all the same. */
function keep(change: () => void): void {
  try {
    change();
  } catch (error) {
    process.emitWarning(`the PID file cannot be kept: ${(error as Error).message}`);
  }
}
