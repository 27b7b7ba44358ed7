/** Signals at which a program starts itself again, and how it does. */
export interface Restarting {
  /** @defaultValue `SIGUSR2`, and `SIGHUP` too when there is no terminal that could hang up */
  readonly restartOn?: readonly NodeJS.Signals[] | undefined;
  /** Starts it. Whoever can be told why it cannot be is to be told here. */
  readonly restart: () => Promise<unknown>;
}

/** Starts the program again at each of the signals. */
export function restartAt({ restartOn = defaultRestartSignals(), restart }: Restarting): Disposable {
  return listenAll(restartOn, () => void restart().catch(() => undefined));
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
