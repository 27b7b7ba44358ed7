import type { Clock } from "millrace/base";
import type { WorkerState } from "./worker-process.js";

/** As much of a worker as there is to wait for. */
export interface AppliedWorker {
  readonly pid: number | undefined;
  readonly state: WorkerState;
  readonly revision: number;
}

/** How far a change has come. */
export interface AppliedState {
  /** Workers that carry traffic and know of it. */
  readonly applied: number;
  /** Workers that carry traffic, or are about to. */
  readonly workers: number;
  /** Those that do not know of it yet, by process id. */
  readonly missing: readonly number[];
}

/**
 * Waits for workers to catch up. One that starts counts as soon as it is ready, with its snapshot; one that
 * has died counts no more, but as long as none is ready nothing has been applied.
 */
export class AppliedWatch {
  readonly #clock: Clock;
  readonly #workers: () => readonly AppliedWorker[];
  readonly #waiting = new Set<() => void>();

  constructor(clock: Clock, workers: () => readonly AppliedWorker[]) {
    this.#clock = clock;
    this.#workers = workers;
  }

  /** Settles once every worker there is has applied `revision`, at the latest after `limitMs`. */
  wait(revision: number, limitMs: number): Promise<AppliedState> {
    return new Promise((resolve) => {
      const settle = () => {
        timer[Symbol.dispose]();
        this.#waiting.delete(check);
        resolve(this.#state(revision));
      };
      const check = () => {
        const { applied, missing } = this.#state(revision);
        if (applied > 0 && missing.length === 0) settle();
      };
      const timer = this.#clock.schedule(limitMs, settle);
      this.#waiting.add(check);
      check();
    });
  }

  /** Looks again. To be called whenever a worker has applied something, or has gone. */
  check(): void {
    for (const check of [...this.#waiting]) check();
  }

  #state(revision: number): AppliedState {
    const counted = this.#workers().filter(({ state }) => state === "ready" || state === "starting");
    const behind = counted.filter((worker) => worker.state !== "ready" || worker.revision < revision);
    const missing = behind.map(({ pid }) => pid ?? 0);
    return { applied: counted.length - missing.length, workers: counted.length, missing };
  }
}
