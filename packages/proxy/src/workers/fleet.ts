import { type Clock, createDeferred, MillraceError, type Random } from "millrace/base";
import type { WorkerMessage } from "../ipc/messages.js";
import type { WorkerReport } from "../ipc/report.js";
import type { Log } from "../logging.js";
import type { Pool } from "../pool/pool.js";
import { type AppliedState, AppliedWatch } from "./applied.js";
import type { Listener } from "./listeners.js";
import type { WorkerProcess, WorkerState } from "./worker-process.js";
import { WorkerSlot } from "./worker-slot.js";

/** What a fleet is made of. */
export interface WorkerFleetParts {
  /** The file that workers run. */
  readonly entry: string;
  /** How many workers there are to be; at least 1. */
  readonly count: number;
  readonly listeners: readonly Listener[];
  readonly pool: Pool;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** What can be said of a worker without asking it. */
export interface WorkerStatus {
  readonly pid: number | undefined;
  readonly state: WorkerState;
  readonly revision: number;
  /** Workers that have died in its place. */
  readonly restarts: number;
}

const reportWithinMs = 1_000;

/** All workers: as many as wanted, each told everything that changes in the pool. */
export class WorkerFleet {
  readonly #parts: WorkerFleetParts;
  readonly #slots: readonly WorkerSlot[];
  readonly #applied: AppliedWatch;
  readonly #firstReady = createDeferred();
  readonly #subscription: Disposable;
  readonly #onEjected = new Set<(id: string) => void>();
  #draining: Promise<void> | undefined;

  /** Starts every worker. */
  constructor(parts: WorkerFleetParts) {
    this.#parts = parts;
    this.#applied = new AppliedWatch(parts.clock, () => this.#workers());
    this.#firstReady.promise.catch(() => undefined);
    this.#slots = Array.from({ length: parts.count }, (_, place) => this.#slot(place));
    this.#subscription = parts.pool.subscribe((change) => {
      for (const worker of this.#workers()) worker.change(change);
    });
  }

  /** Workers as they are now. */
  get status(): readonly WorkerStatus[] {
    return this.#slots.map(({ worker: { pid, state, revision }, restarts }) => ({
      pid,
      state,
      revision,
      restarts,
    }));
  }

  /** Whether connections are accepted. */
  get accepting(): boolean {
    return !this.#draining && this.#workers().some(({ state }) => state === "ready");
  }

  /**
   * Settles once every worker has been ready.
   *
   * @throws MillraceError `unavailable` when a worker dies before that
   */
  whenReady(): Promise<void> {
    return this.#firstReady.promise;
  }

  /** Settles once every ready worker has applied `revision`, or `limitMs` have passed; says which it was. */
  whenApplied(revision: number, limitMs: number): Promise<AppliedState> {
    return this.#applied.wait(revision, limitMs);
  }

  /** Asks every worker for its counters. One that does not answer in time is left out. */
  async reports(): Promise<readonly WorkerReport[]> {
    const asked = this.#workers().map((worker) => worker.report(reportWithinMs));
    const answers = await Promise.allSettled(asked);
    return answers.flatMap((answer) => (answer.status === "fulfilled" ? [answer.value] : []));
  }

  /**
   * Tells how many requests run on each server.
   *
   * @throws MillraceError `unavailable` while a worker does not answer, or has not applied `revision`
   */
  async inFlight(revision: number): Promise<ReadonlyMap<string, number>> {
    const carrying = this.#workers().filter(({ state }) => state === "ready").length;
    const reports = await this.reports();
    if (reports.length < carrying || reports.some((report) => report.revision < revision)) {
      throw new MillraceError("not every worker can tell", { code: "unavailable", unsent: true });
    }
    return sumInFlight(reports);
  }

  /** Calls `listener` with the id of each server that a worker ejects. */
  onEjected(listener: (id: string) => void): Disposable {
    this.#onEjected.add(listener);
    return { [Symbol.dispose]: () => void this.#onEjected.delete(listener) };
  }

  /** Lets all workers finish within `deadlineMs` and settles when all are gone. Idempotent. */
  drain(deadlineMs: number): Promise<void> {
    this.#draining ??= Promise.all(this.#slots.map((slot) => slot.drain(deadlineMs))).then(() => {
      this.#subscription[Symbol.dispose]();
    });
    return this.#draining;
  }

  /** Ends all workers at once, with all that they carry. */
  kill(): void {
    for (const slot of this.#slots) slot.kill();
  }

  #workers(): readonly WorkerProcess[] {
    return this.#slots.map(({ worker }) => worker);
  }

  #slot(place: number): WorkerSlot {
    const { entry, listeners, pool, clock, random } = this.#parts;
    return new WorkerSlot({
      entry,
      listeners,
      place,
      clock,
      random,
      snapshot: () => pool.snapshot(),
      onMessage: (worker, message) => this.#follow(worker, message),
      onGone: (worker, how, restartMs) => this.#mourn(worker, how, restartMs),
    });
  }

  #follow({ pid }: WorkerProcess, message: WorkerMessage): void {
    const { log } = this.#parts;
    if (message.type === "log") log[message.level]({ ...message.fields, pid }, message.message);
    else if (message.type === "fatal") this.#fail(pid, message.message);
    else if (message.type === "ejected") this.#tellEjected(pid, message);
    else if (message.type === "ready") this.#greet(pid);
    this.#applied.check();
  }

  #greet(pid: number | undefined): void {
    this.#parts.log.debug({ pid }, "worker is ready");
    if (this.#workers().every(({ state }) => state === "ready")) this.#firstReady.resolve();
  }

  #fail(pid: number | undefined, reason: string): void {
    this.#parts.log.error({ pid, reason }, "worker cannot go on");
    this.#firstReady.reject(new MillraceError(reason, { code: "unavailable", unsent: true }));
  }

  #tellEjected(
    pid: number | undefined,
    { id, forMs, reason }: WorkerMessage & { readonly type: "ejected" },
  ): void {
    this.#parts.log.warn({ server: id, forMs, reason, pid }, "traffic ejected a server");
    for (const listener of this.#onEjected) listener(id);
  }

  #mourn({ pid }: WorkerProcess, how: string, restartMs: number | undefined): void {
    const { log } = this.#parts;
    if (restartMs === undefined) log.debug({ pid }, `worker ${how}`);
    else log.error({ pid, restartMs: Math.round(restartMs) }, `worker ${how}`);
    this.#firstReady.reject(
      new MillraceError(`a worker ${how} before it was ready`, { code: "unavailable", unsent: true }),
    );
    this.#applied.check();
  }
}

function sumInFlight(reports: readonly WorkerReport[]): ReadonlyMap<string, number> {
  const sums = new Map<string, number>();
  for (const { id, inFlight } of reports.flatMap(({ servers }) => servers))
    sums.set(id, (sums.get(id) ?? 0) + inFlight);
  return sums;
}
