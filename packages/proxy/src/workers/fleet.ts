import {
  type Clock,
  closedError,
  createDeferred,
  type Deferred,
  MillraceError,
  type Random,
} from "millrace/base";
import type { HandoffQuestion } from "millrace/handoff";
import type { ListenerTls, WorkerMessage } from "../ipc/messages.js";
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
  /** Workers that had died in each place before this fleet; none where it says nothing. */
  readonly restarts?: readonly number[] | undefined;
  /** What the next manager is found by; `undefined` when nobody takes over from this one. */
  readonly program?: HandoffQuestion | undefined;
  /** Called when a worker has ended by itself; says how, for people. */
  readonly onLost?: ((how: string) => void) | undefined;
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

/**
 * All workers: as many as wanted, each told everything that changes in the pool. Nobody is let in before {@link open}.
 */
export class WorkerFleet {
  readonly #parts: WorkerFleetParts;
  readonly #slots: readonly WorkerSlot[];
  readonly #applied: AppliedWatch;
  readonly #prepared = createDeferred();
  #opened: Deferred<void> | undefined;
  #retired = false;
  #outlives = false;
  #kept: string | undefined;
  readonly #subscription: Disposable;
  readonly #onEjected = new Set<(id: string) => void>();
  readonly #onLastReport = new Set<(report: WorkerReport) => void>();
  #draining: Promise<void> | undefined;

  /** Starts every worker. */
  constructor(parts: WorkerFleetParts) {
    this.#parts = parts;
    this.#applied = new AppliedWatch(parts.clock, () => this.#workers());
    this.#prepared.promise.catch(() => undefined);
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

  /** Connections of clients, as far as is known. */
  get connections(): number {
    return this.#workers().reduce((sum, { connections }) => sum + connections, 0);
  }

  /**
   * Settles once every worker knows the pool and can let connections in.
   *
   * @throws MillraceError `unavailable` when a worker dies before that
   */
  whenPrepared(): Promise<void> {
    return this.#prepared.promise;
  }

  /**
   * Lets connections in, and settles once every worker does. May be called again after {@link pause}.
   *
   * @throws MillraceError `unavailable` when a worker dies before it is prepared, or `pause` comes first
   */
  async open(): Promise<void> {
    await this.#prepared.promise;
    if (!this.#opened) {
      this.#opened = createDeferred();
      this.#opened.promise.catch(() => undefined);
      for (const worker of this.#workers()) if (worker.state === "prepared") worker.enter();
      this.#checkOpen();
    }
    await this.#opened.promise;
  }

  /** Lets nobody in any more. What is open stays, and who comes waits for whoever opens the addresses next. */
  pause(): void {
    this.#opened?.reject(closedError("the fleet"));
    this.#opened = undefined;
    for (const worker of this.#workers()) worker.pause();
  }

  /** Sends clients away at their next request, or stops doing so. */
  retire(retired: boolean): void {
    this.#retired = retired;
    for (const worker of this.#workers()) worker.retire(retired);
  }

  /** Settles once no connection is open in any worker. To be asked for while they are paused and retired. */
  async whenIdle(): Promise<void> {
    await Promise.all(this.#workers().map((worker) => worker.whenIdle()));
  }

  /** Has workers serve on should this process die. */
  outlive(): void {
    this.#outlives = true;
    for (const worker of this.#workers()) worker.outlive();
  }

  /** Has workers keep what the next manager is to know, should this process die. */
  keep(state: string): void {
    this.#kept = state;
    for (const worker of this.#workers()) worker.keep(state);
  }

  /** Has all workers show another certificate at listener number `index`. */
  certify(index: number, tls: ListenerTls): void {
    for (const worker of this.#workers()) worker.certify(index, tls);
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

  /** Calls `listener` with the last report of each worker that has finished what it had. */
  onLastReport(listener: (report: WorkerReport) => void): Disposable {
    this.#onLastReport.add(listener);
    return { [Symbol.dispose]: () => void this.#onLastReport.delete(listener) };
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
    const { entry, listeners, pool, clock, random, restarts, program } = this.#parts;
    return new WorkerSlot({
      entry,
      restarts: restarts?.[place],
      listeners,
      place,
      program,
      clock,
      random,
      snapshot: () => pool.snapshot(),
      onMessage: (worker, message) => this.#follow(worker, message),
      onGone: (worker, how, restartMs) => this.#mourn(worker, how, restartMs),
    });
  }

  #follow(worker: WorkerProcess, message: WorkerMessage): void {
    const { log } = this.#parts;
    const { pid } = worker;
    if (message.type === "log") log[message.level]({ ...message.fields, pid }, message.message);
    else if (message.type === "fatal") this.#fail(pid, message.message);
    else if (message.type === "ejected") this.#tellEjected(pid, message);
    else if (message.type === "prepared") this.#greet(worker);
    else if (message.type === "drained") this.#tellLast(message.report);
    else if (message.type === "ready") this.#checkOpen();
    this.#applied.check();
  }

  /** One that takes the place of another does what all do by now. */
  #greet(worker: WorkerProcess): void {
    this.#parts.log.debug({ pid: worker.pid }, "worker is prepared");
    if (this.#outlives) worker.outlive();
    if (this.#kept !== undefined) worker.keep(this.#kept);
    if (this.#retired) worker.retire(true);
    if (this.#opened) worker.enter();
    if (this.#workers().every(({ state }) => state !== "starting")) this.#prepared.resolve();
  }

  #checkOpen(): void {
    if (this.#workers().every(({ state }) => state === "ready")) this.#opened?.resolve();
  }

  #fail(pid: number | undefined, reason: string): void {
    this.#parts.log.error({ pid, reason }, "worker cannot go on");
    this.#prepared.reject(new MillraceError(reason, { code: "unavailable", unsent: true }));
  }

  #tellEjected(
    pid: number | undefined,
    { id, forMs, reason }: WorkerMessage & { readonly type: "ejected" },
  ): void {
    this.#parts.log.warn({ server: id, forMs, reason, pid }, "traffic ejected a server");
    for (const listener of this.#onEjected) listener(id);
  }

  #tellLast(report: WorkerReport): void {
    for (const listener of this.#onLastReport) listener(report);
  }

  #mourn({ pid }: WorkerProcess, how: string, restartMs: number | undefined): void {
    const { log, onLost } = this.#parts;
    if (restartMs === undefined) log.debug({ pid }, `worker ${how}`);
    else log.error({ pid, restartMs: Math.round(restartMs) }, `worker ${how}`);
    if (restartMs !== undefined) onLost?.(`a worker ${how}`);
    this.#prepared.reject(
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
