import { performance } from "node:perf_hooks";
import { type AbortFollower, follow, unfollow } from "./signal.js";

/** A task that waits for its time. Disposing it cancels it. */
export interface Timer extends Disposable {
  /**
   * Changes whether the timer keeps the process alive, which costs a tenth of what a new timer does.
   * Left out by clocks whose timers never do.
   */
  serve?(serves: "call" | "upkeep"): void;
}

/**
 * A source of time. Components never touch `Date.now` or `setTimeout`: they are handed a clock, so
 * that a test or a simulation can move time by hand.
 */
export interface Clock {
  /** Monotonic time in milliseconds. Only the difference of two readings means anything. */
  now(): number;

  /** Wall-clock time in milliseconds since the Unix epoch, for headers and logs; may jump. */
  wallTime(): number;

  /**
   * Runs `task` once, `delayMs` from now. Disposing the handle cancels it.
   *
   * A timer that serves a `call` keeps the process alive; one for `upkeep` does not.
   */
  schedule(delayMs: number, task: () => void, serves?: "call" | "upkeep"): Timer;
}

const longestTimeoutMs = 2 ** 31 - 1;

/** Process time. Delays over 24.8 days are cut to that. */
export const systemClock: Clock = {
  now: () => performance.now(),
  wallTime: () => Date.now(),
  schedule(delayMs, task, serves = "call") {
    const timer = new SystemTimer(setTimeout(task, Math.min(Math.max(delayMs, 0), longestTimeoutMs)));
    if (serves === "upkeep") timer.serve(serves);
    return timer;
  },
};

class SystemTimer implements Timer {
  readonly #timeout: NodeJS.Timeout;

  constructor(timeout: NodeJS.Timeout) {
    this.#timeout = timeout;
  }

  serve(serves: "call" | "upkeep"): void {
    if (serves === "call") this.#timeout.ref();
    else this.#timeout.unref();
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timeout);
  }
}

/** Waits `delayMs` on `clock`; rejects with the signal's reason if it aborts first. */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason as Error);
    const timer = clock.schedule(delayMs, () => {
      if (signal) unfollow(signal, follower);
      resolve();
    });
    const follower: AbortFollower = {
      callAborted: (reason) => {
        timer[Symbol.dispose]();
        reject(reason as Error);
      },
    };
    if (signal) follow(signal, follower);
  });
}
