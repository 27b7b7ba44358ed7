import { constants } from "node:os";
import type { Handoff } from "../handoff.js";
import { giveBackOnExit } from "./exit.js";
import { notifyReady, notifyStopping } from "./notify.js";
import type { ProcessOptions } from "./options.js";
import { removePidFile, writePidFile } from "./pid-file.js";

/** Joins a hand-over to the process around it: signals, PID file, service manager. Disposing parts them. */
export function attend(
  handoff: Handoff,
  restart: () => Promise<unknown>,
  {
    stopOnSignals = true,
    restartOn = defaultRestartSignals(),
    pidFile,
    notify = hasManager(),
    giveBackOnExit: putOff = true,
  }: ProcessOptions,
): Disposable {
  const listeners: [NodeJS.Signals, () => void][] = restartOn.map((signal) => [
    signal,
    () => void restart().catch(() => undefined),
  ]);
  if (stopOnSignals) {
    for (const signal of ["SIGTERM", "SIGINT"] as const)
      listeners.push([signal, () => stop(handoff, signal)]);
  }
  for (const [signal, listener] of listeners) process.on(signal, listener);
  const following = handoff.phase.subscribe((phase) => {
    if (phase === "serving") {
      if (pidFile !== undefined) keep(() => writePidFile(pidFile));
      if (notify) void notifyReady(`generation ${handoff.generation} serves`);
    } else if (phase === "draining" && notify) void notifyStopping();
    else if (phase === "ended" && pidFile !== undefined) keep(() => removePidFile(pidFile));
  });
  const held = putOff ? giveBackOnExit(handoff) : undefined;
  return {
    [Symbol.dispose]() {
      held?.[Symbol.dispose]();
      following[Symbol.dispose]();
      for (const [signal, listener] of listeners) process.off(signal, listener);
    },
  };
}

/** A second signal means it: whatever is left then is left. */
function stop(handoff: Handoff, signal: "SIGTERM" | "SIGINT"): void {
  if (handoff.phase.value === "draining") process.exitCode = 128 + constants.signals[signal];
  void handoff.stop();
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
