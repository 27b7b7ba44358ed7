import { constants } from "node:os";
import { systemClock } from "../../base/clock.js";
import type { Handoff } from "../handoff.js";
import { giveBackOnExit } from "./exit.js";
import { tellManager, tellRestart } from "./notify.js";
import type { ProcessOptions } from "./options.js";
import { removePidFile, writePidFile } from "./pid-file.js";
import { endStarted } from "./restart.js";
import { createServiceManager, nobody, type ServiceManager } from "./service-manager.js";
import { listenForStop, restartAt } from "./signals.js";
import { programOf, SignalRelay, stays } from "./stay.js";

/** What joins a hand-over to the process around it. */
export interface Attendance extends Disposable {
  /** Settles once everybody outside who is to know what becomes of this process knows it. */
  readonly told: Promise<void>;
}

/** What {@link attend} is told beside the options of a process. */
export interface AttendOptions extends ProcessOptions {
  /** Folder of the control socket. */
  readonly folder?: string | undefined;
  /** Who is told, in place of the one that `notify` chooses: for a program that has more to tell it. */
  readonly manager?: ServiceManager | undefined;
}

/**
 * Joins a hand-over to the process around it: signals, PID file, service manager, exit. Disposing parts them.
 *
 * `restart` starts the program again, and calls `onExit` should that end.
 */
export function attend(
  handoff: Handoff,
  restart: (onExit: () => void) => Promise<unknown>,
  {
    stopOnSignals = true,
    restartOn,
    pidFile,
    notify = true,
    manager = notify ? createServiceManager() : nobody,
    giveBackOnExit: putOff = true,
    ...options
  }: AttendOptions,
): Attendance {
  const relay = stays(options) ? new SignalRelay(programOf(handoff, options), systemClock) : undefined;
  const parts: (Disposable | undefined)[] = [
    tellManager(handoff, manager),
    pidFile === undefined ? undefined : keepPidFile(handoff, pidFile),
    putOff ? giveBackOnExit(handoff) : undefined,
    restartAt({
      restartOn,
      // Who was told to stop does not come back.
      restart: async () =>
        handoff.ending === "stopped" ? undefined : tellRestart(restart, manager, handoff.generation),
    }),
    stopOnSignals ? stopAt(handoff, relay) : undefined,
    endWithProgram(handoff),
  ];
  return {
    get told() {
      return manager.told;
    },
    [Symbol.dispose]() {
      for (const part of parts) part?.[Symbol.dispose]();
    },
  };
}

/** A second signal means it: whatever is left then is left, and the exit code says so. */
function stopAt(handoff: Handoff, relay: SignalRelay | undefined): Disposable {
  return listenForStop((signal, again) => {
    if (again) process.exitCode = 128 + constants.signals[signal];
    // Who stands for all generations was meant for the one that serves.
    const passedOver = handoff.phase.value === "standby" || handoff.ending === "handed-over";
    if (passedOver) relay?.pass(signal);
    void handoff.stop();
  }, systemClock);
}

/** The end of the program is that of what it has started to take over, too, which may not have said a word yet. */
function endWithProgram(handoff: Handoff): Disposable {
  let before = handoff.phase.value;
  return handoff.phase.subscribe((phase) => {
    if (phase === "draining" && before === "serving" && handoff.ending === "stopped") endStarted();
    before = phase;
  });
}

function keepPidFile(handoff: Handoff, path: string): Disposable {
  return handoff.phase.subscribe((phase) => {
    if (phase === "serving") keep(() => writePidFile(path));
    else if (phase === "ended") keep(() => removePidFile(path));
  });
}

/** Who serves without its file serves all the same. */
function keep(change: () => void): void {
  try {
    change();
  } catch (error) {
    process.emitWarning(`the PID file cannot be kept: ${(error as Error).message}`);
  }
}
