import { Backoff, type Random } from "millrace/base";
import type { WorkerMessage } from "../ipc/messages.js";
import { WorkerProcess, type WorkerProcessParts } from "./worker-process.js";

/** What it takes to keep a worker running. */
export interface WorkerSlotParts extends Omit<WorkerProcessParts, "onMessage" | "onGone"> {
  readonly random: Random;
  /** Workers that had taken the place of another before the first of these. @defaultValue 0 */
  readonly restarts?: number | undefined;
  readonly onMessage: (worker: WorkerProcess, message: WorkerMessage) => void;
  /** Called when a worker has ended; `restartMs` says when the next one starts, if one does. */
  readonly onGone: (worker: WorkerProcess, how: string, restartMs: number | undefined) => void;
}

const provenAfterMs = 10_000;

/** The place of one worker: when it dies, another takes it, after a wait that grows while they die young. */
export class WorkerSlot {
  readonly #parts: WorkerSlotParts;
  readonly #backoff: Backoff;
  #worker: WorkerProcess;
  #startedAt: number;
  #restarts: number;
  #restart: Disposable | undefined;
  #ending = false;

  /** Starts the first worker. */
  constructor(parts: WorkerSlotParts) {
    this.#parts = parts;
    this.#restarts = parts.restarts ?? 0;
    this.#backoff = new Backoff({ initialMs: 100, maxMs: 10_000, random: parts.random });
    this.#startedAt = parts.clock.now();
    this.#worker = this.#start();
  }

  /** The worker that has the place now, or had it last. */
  get worker(): WorkerProcess {
    return this.#worker;
  }

  /** Workers that have taken the place of another. */
  get restarts(): number {
    return this.#restarts;
  }

  /** Lets the worker finish within `deadlineMs`; nobody takes its place. */
  async drain(deadlineMs: number): Promise<void> {
    this.#ending = true;
    this.#restart?.[Symbol.dispose]();
    await this.#worker.drain(deadlineMs);
  }

  /** Ends the worker at once; nobody takes its place. */
  kill(): void {
    this.#ending = true;
    this.#restart?.[Symbol.dispose]();
    this.#worker.kill();
  }

  #start(): WorkerProcess {
    const worker: WorkerProcess = new WorkerProcess({
      ...this.#parts,
      onMessage: (message) => this.#parts.onMessage(worker, message),
      onGone: (how) => this.#replace(worker, how),
    });
    return worker;
  }

  #replace(gone: WorkerProcess, how: string): void {
    const { clock, onGone } = this.#parts;
    if (clock.now() - this.#startedAt >= provenAfterMs) this.#backoff.reset();
    const restartMs = this.#ending ? undefined : this.#backoff.next();
    if (restartMs !== undefined) this.#restart = clock.schedule(restartMs, this.#takeOver);
    onGone(gone, how, restartMs);
  }

  readonly #takeOver = () => {
    this.#restarts += 1;
    this.#startedAt = this.#parts.clock.now();
    this.#worker = this.#start();
  };
}
