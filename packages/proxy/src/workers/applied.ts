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
  /** Workers that carry traffic. */
  readonly workers: number;
  /** Those that do not know of it yet, by process id. */
  readonly missing: readonly number[];
}

/** Waits for workers to catch up. One that starts or has died needs no waiting for: its snapshot will know. */
export class AppliedWatch {
  readonly #clock: Clock;
  readonly #workers: () => readonly AppliedWorker[];
  readonly #waiting = new Set<() => void>();

  constructor(clock: Clock, workers: () => readonly AppliedWorker[]) {
    this.#clock = clock;
    this.#workers = workers;
  }

  /** Settles once every ready worker has applied `revision`, at the latest after `limitMs`. */
  wait(revision: number, limitMs: number): Promise<AppliedState> {
    return new Promise((resolve) => {
      const settle = () => {
        timer[Symbol.dispose]();
        this.#waiting.delete(check);
        resolve(this.#state(revision));
      };
      const check = () => {
        if (this.#state(revision).missing.length === 0) settle();
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
    const ready = this.#workers().filter(({ state }) => state === "ready");
    const missing = ready.filter((worker) => worker.revision < revision).map(({ pid }) => pid ?? 0);
    return { applied: ready.length - missing.length, workers: ready.length, missing };
  }
}
