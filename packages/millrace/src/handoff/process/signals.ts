import { constants } from "node:os";
import type { Clock } from "../../base/clock.js";
import { invalidOption } from "../../base/options.js";

/** Signals at which a program starts itself again, and how it does. */
export interface Restarting {
  /** @defaultValue `SIGUSR2`, and `SIGHUP` too when there is no terminal that could hang up */
  readonly restartOn?: readonly NodeJS.Signals[] | undefined;
  /** Starts it. A failure is told as a warning of this process. */
  readonly restart: () => Promise<unknown>;
}

/** Starts the program again at each of the signals. */
export function restartAt({ restartOn = defaultRestartSignals(), restart }: Restarting): Disposable {
  return listenAll(
    restartOn,
    () => void restart().catch((error: Error) => process.emitWarning(error.message)),
  );
}

/** @throws MillraceError `invalid-options` when one of them is no signal that a program can listen for, or means the end */
export function requireRestartSignals(signals: readonly NodeJS.Signals[] = []): void {
  const unfit = signals.find((signal) => !Object.hasOwn(constants.signals, signal) || others.has(signal));
  if (unfit !== undefined)
    throw invalidOption("handoff.restartOn", "signals such as SIGUSR2, other than SIGTERM and SIGINT", unfit);
}

/** Those that end a program, and those that nobody can listen for. */
const others: ReadonlySet<string> = new Set(["SIGTERM", "SIGINT", "SIGKILL", "SIGSTOP"]);

/** For so long the same signal again is an echo of the first, in milliseconds. */
const echoMs = 1_000;

/**
 * Calls `listener` when this process is to end: `again` the second time, which asks not to wait.
 *
 * The same signal twice within a second is one wish: Ctrl+C is told to everybody at a terminal, and who has started
 * this process, as `npm` and its like, often passes on what it hears.
 */
export function listenForStop(
  listener: (signal: NodeJS.Signals, again: boolean) => void,
  clock: Clock,
): Disposable {
  let last: { readonly signal: NodeJS.Signals; readonly at: number } | undefined;
  return listenAll(["SIGTERM", "SIGINT"], (signal) => {
    const at = clock.now();
    if (signal === last?.signal && at - last.at < echoMs) return;
    const again = last !== undefined;
    last = { signal, at };
    listener(signal, again);
  });
}

/** Calls `listener` at each of the signals. */
export function listenAll(
  signals: readonly NodeJS.Signals[],
  listener: (signal: NodeJS.Signals) => void,
): Disposable {
  for (const signal of signals) process.on(signal, listener);
  return {
    [Symbol.dispose]() {
      for (const signal of signals) process.off(signal, listener);
    },
  };
}

function defaultRestartSignals(): readonly NodeJS.Signals[] {
  const terminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY;
  return terminal ? ["SIGUSR2"] : ["SIGUSR2", "SIGHUP"];
}
