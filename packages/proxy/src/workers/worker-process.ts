import { type ChildProcess, fork, type SendHandle } from "node:child_process";
import { type Clock, closedError, createDeferred, type Deferred, MillraceError } from "millrace/base";
import type { HandoffQuestion } from "millrace/handoff";
import type { ListenerTls, ManagerMessage, Snapshot, WorkerMessage } from "../ipc/messages.js";
import type { WorkerReport } from "../ipc/report.js";
import type { PoolChange } from "../pool/pool.js";
import type { Listener } from "./listeners.js";

/**
 * A request leaves nothing behind but garbage, so a young generation smaller than the default of 16 MiB
 * can stay in the processor's cache.
 */
const youngGeneration = "--max-semi-space-size=4";

/** Where a worker is in its life. */
export type WorkerState =
  /** Loads its code, then learns the pool. Next: prepared, gone. */
  | "starting"
  /** Knows the pool, and lets nobody in. Next: ready, draining, gone. */
  | "prepared"
  /** Accepts connections. Next: prepared, draining, gone. */
  | "ready"
  /** Finishes what it has. Next: gone. */
  | "draining"
  /** Its process has ended. */
  | "gone";

/** What it takes to run a worker. */
export interface WorkerProcessParts {
  /** The file that the worker runs. */
  readonly entry: string;
  readonly listeners: readonly Listener[];
  /** Number of its place among all workers, from 0. */
  readonly place: number;
  /** What the next manager is found by; `undefined` when nobody takes over from this one. */
  readonly program?: HandoffQuestion | undefined;
  /** Asked when the worker can take it. */
  readonly snapshot: () => Snapshot;
  readonly clock: Clock;
  /** Called for each message, after the worker's own state has followed it. */
  readonly onMessage: (message: WorkerMessage) => void;
  /** Called once, when the process has ended; says how, for people. */
  readonly onGone: (how: string) => void;
}

/** One worker: a process that carries traffic, from the manager's side. */
export class WorkerProcess {
  readonly #parts: WorkerProcessParts;
  readonly #child: ChildProcess;
  readonly #reports = new Map<number, Deferred<WorkerReport>>();
  readonly #gone = createDeferred();
  #state: WorkerState = "starting";
  #started = false;
  #entered = false;
  #idle = createDeferred();
  #connections = 0;
  #revision = -1;
  #nextReport = 0;

  /** Starts the process. */
  constructor(parts: WorkerProcessParts) {
    this.#parts = parts;
    this.#child = fork(parts.entry, ["worker"], {
      stdio: ["ignore", "inherit", "inherit", "ipc"],
      execArgv: [youngGeneration, ...process.execArgv],
    });
    this.#child.on("message", (message) => this.#receive(message as WorkerMessage));
    this.#child.once("exit", (code, signal) =>
      this.#end(signal ? `was ended by ${signal}` : `ended with status ${code}`),
    );
    this.#child.on("error", (error) => this.#end(`could not be run: ${error.message}`));
  }

  /** The process id; `undefined` when it could not be started. */
  get pid(): number | undefined {
    return this.#child.pid;
  }

  get state(): WorkerState {
    return this.#state;
  }

  /** The latest revision that it has applied; -1 for none. */
  get revision(): number {
    return this.#revision;
  }

  /** Connections that it had open when it last told; 0 when it is gone. */
  get connections(): number {
    return this.#state === "gone" ? 0 : this.#connections;
  }

  /** Has it accept on each listener. To be called once it is prepared, and not again until it is paused. */
  enter(): void {
    this.#entered = true;
    for (const [index, { handle }] of this.#parts.listeners.entries())
      this.#send({ type: "listen", index }, handle);
  }

  /** Has it accept nobody any more; what is open stays. */
  pause(): void {
    this.#entered = false;
    if (this.#state === "ready") this.#state = "prepared";
    this.#send({ type: "pause" });
  }

  /** Has it send its clients away at their next request, or stop doing so. */
  retire(retired: boolean): void {
    if (!this.#started) return;
    if (retired) this.#idle = createDeferred();
    this.#send({ type: "retire", retired });
  }

  /** Settles once it has no connection after it was retired, or is gone. */
  whenIdle(): Promise<void> {
    return Promise.race([this.#idle.promise, this.#gone.promise]);
  }

  /** Has it serve on should this process die. */
  outlive(): void {
    this.#send({ type: "outlive" });
  }

  /** Has it keep what the next manager is to know, should this process die. */
  keep(state: string): void {
    if (this.#started) this.#send({ type: "keep", state });
  }

  /** Has it show another certificate at listener number `index`. One that has not started yet will get it there. */
  certify(index: number, tls: ListenerTls): void {
    if (this.#started) this.#send({ type: "certify", index, tls });
  }

  /** Passes a change of the pool on. One that has not asked for its snapshot yet will get it there. */
  change({ revision, changes }: PoolChange): void {
    if (this.#started) this.#send({ type: "change", revision, changes });
  }

  /**
   * Asks for its counters.
   *
   * @throws MillraceError `timeout` when they do not come within `limitMs`, `closed` when it is gone or not ready
   */
  async report(limitMs: number): Promise<WorkerReport> {
    if (this.#state === "gone" || this.#state === "starting") throw closedError("the worker");
    const id = this.#nextReport++;
    const report = createDeferred<WorkerReport>();
    const late = () =>
      report.reject(new MillraceError("no report from the worker", { code: "timeout", unsent: false }));
    using _timer = this.#parts.clock.schedule(limitMs, late, "upkeep");
    this.#reports.set(id, report);
    this.#send({ type: "report", id });
    try {
      return await report.promise;
    } finally {
      this.#reports.delete(id);
    }
  }

  /** Lets it finish within `deadlineMs`, and kills it then. Settles when it is gone. */
  async drain(deadlineMs: number): Promise<void> {
    if (this.#state === "gone") return;
    if (!this.#started) this.kill();
    this.#state = "draining";
    this.#send({ type: "drain", deadlineMs });
    using _timer = this.#parts.clock.schedule(deadlineMs + graceMs, () => this.kill());
    await this.#gone.promise;
  }

  /** Ends the process at once, with all that it carries. */
  kill(): void {
    this.#child.kill("SIGKILL");
  }

  #receive(message: WorkerMessage): void {
    if (message.type === "loaded") this.#start();
    else if (message.type === "report") this.#take(message.id, message.report);
    else if (message.type === "applied") this.#revision = message.revision;
    else if (message.type === "prepared") this.#reach("prepared", message.revision);
    else if (message.type === "ready") this.#reach("ready", message.revision);
    else if (message.type === "idle") this.#rest();
    this.#parts.onMessage(message);
  }

  #reach(state: "prepared" | "ready", revision: number): void {
    this.#revision = Math.max(this.#revision, revision);
    // It may have been told to pause before it could say that it is ready.
    if (state === "ready" && !this.#entered && this.#parts.listeners.length > 0) return;
    if (this.#state === "starting" || this.#state === "prepared") this.#state = state;
  }

  #take(id: number, report: WorkerReport): void {
    this.#connections = report.connections.open;
    this.#reports.get(id)?.resolve(report);
  }

  #rest(): void {
    this.#connections = 0;
    this.#idle.resolve();
  }

  #start(): void {
    const { listeners, snapshot, place, program } = this.#parts;
    this.#started = true;
    this.#send({
      type: "start",
      snapshot: snapshot(),
      listeners: listeners.map(({ record }) => record),
      place,
      program,
    });
  }

  #send(message: ManagerMessage, handle?: object): void {
    // A worker that has just died is told nothing; its exit is dealt with when that is noticed.
    if (this.#child.connected) this.#child.send(message, handle as SendHandle, {}, () => undefined);
  }

  #end(how: string): void {
    if (this.#state === "gone") return;
    this.#state = "gone";
    for (const report of this.#reports.values()) report.reject(closedError("the worker"));
    this.#gone.resolve();
    this.#parts.onGone(how);
  }
}

/** What a worker gets beyond its deadline, to say farewell to the connections that it cuts. */
const graceMs = 1_000;
