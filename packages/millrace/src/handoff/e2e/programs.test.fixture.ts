import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { sleep, systemClock } from "../../base/clock.js";
import { createDeferred } from "../../base/deferred.js";
import type { ServeOptions } from "../serve.js";

/** What the program can be asked for, beside everything that `serve` takes and JSON can say. */
export interface ProgramOptions
  extends Omit<ServeOptions, "run" | "readyWhen" | "clock" | "state" | "onState"> {
  readonly fault?:
    | "end-before-ready"
    | "crash-before-ready"
    | "block"
    | "crash-after-ready"
    | "run-throws-after-ready"
    | "exit-in-probation"
    | "throw-in-probation"
    | "reject-in-probation"
    | "log-and-exit-in-probation"
    | "throw-when-asked"
    | "exit-when-asked"
    | "ready-when-asked"
    | "deaf"
    | "hang"
    | "throw"
    | undefined;
  /** Echoes bytes, once all have come, instead of speaking HTTP. */
  readonly raw?: boolean | undefined;
  /** Milliseconds that it takes to get ready. */
  readonly check?: number | undefined;
  /** Leads a group of processes, to which what it starts belongs. */
  readonly leads?: boolean | undefined;
  /** Has a check say when it is ready: the n-th passes, the ones before fail or say no. */
  readonly readyAtCheck?: number | undefined;
}

/** Something that a program has said: an object with a `type`. */
// biome-ignore lint/suspicious/noExplicitAny: tests look into what they asked for.
export type Saying = any;

/** A program that runs. */
export interface Program {
  readonly process: ChildProcess;
  readonly pid: number;
  /** Everything it has said so far. */
  readonly said: readonly Saying[];
  /** What it has written to standard error. */
  readonly errors: string;
  /** Settles with the exit code, or the signal. */
  readonly exited: Promise<number | NodeJS.Signals>;
  /** The first saying of a type, now or later; fails when the program ends without it. */
  says(type: string, fields?: Readonly<Record<string, unknown>>): Promise<Saying>;
}

/** Programs of one name in a folder of their own; all that are left are killed at the end. */
export interface Programs extends AsyncDisposable {
  readonly folder: string;
  start(options?: Partial<ProgramOptions>, env?: Readonly<Record<string, string>>): Program;
  /** Starts one and waits until it serves. */
  serve(
    options?: Partial<ProgramOptions>,
    env?: Readonly<Record<string, string>>,
  ): Promise<Program & { readonly port: number }>;
}

const file = fileURLToPath(new URL("./program.test.fixture.js", import.meta.url));

/** Makes room for programs that find each other and nobody else. `defaults` hold for all of them. */
export async function openPrograms(defaults: Partial<ProgramOptions> = {}): Promise<Programs> {
  const folder = await mkdtemp(join(tmpdir(), "mr-handoff-"));
  const all: StartedProgram[] = [];
  const start = (options: Partial<ProgramOptions> = {}, env: Readonly<Record<string, string>> = {}) => {
    const given = {
      name: "program",
      folder: join(folder, "run"),
      addresses: ["127.0.0.1:0"],
      probationMs: 200,
      drainMs: 10_000,
      ...defaults,
      ...options,
    };
    const program = new StartedProgram(given, env, folder);
    all.push(program);
    return program;
  };
  return {
    folder,
    start,
    async serve(options, env) {
      const program = start(options, env);
      const { addresses } = await program.says("run");
      await program.says("ready");
      return Object.assign(program, { port: addresses[0]?.port as number });
    },
    async [Symbol.asyncDispose]() {
      for (const program of all) program.kill();
      await Promise.all(all.map(({ exited }) => exited));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

class StartedProgram implements Program {
  readonly process: ChildProcess;
  readonly exited: Promise<number | NodeJS.Signals>;
  readonly said: Saying[] = [];
  errors = "";
  readonly #leads: boolean;
  #waiting = new Set<() => void>();

  constructor(options: Partial<ProgramOptions>, env: Readonly<Record<string, string>>, cwd: string) {
    this.#leads = options.leads ?? false;
    const args = ["--enable-source-maps", file, JSON.stringify(options)];
    this.process = spawn(process.execPath, args, {
      cwd,
      detached: this.#leads,
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, PWD: cwd, ...env },
    });
    let unread = "";
    this.process.stdout!.setEncoding("utf8").on("data", (text: string) => {
      const lines = (unread + text).split("\n");
      unread = lines.pop()!;
      for (const line of lines) this.said.push(JSON.parse(line) as Saying);
      this.#wake();
    });
    this.process.stderr!.setEncoding("utf8").on("data", (text: string) => (this.errors += text));
    this.exited = once(this.process, "close").then(([code, signal]) => {
      this.#wake();
      return (code ?? signal) as number | NodeJS.Signals;
    });
  }

  /** Ends it, and what it has started where it leads that: those have its output, which stays open until they end. */
  kill(): void {
    try {
      process.kill(this.#leads ? -this.pid : this.pid, "SIGKILL");
    } catch {
      // All have ended.
    }
  }

  get pid(): number {
    return this.process.pid!;
  }

  async says(type: string, fields: Readonly<Record<string, unknown>> = {}): Promise<Saying> {
    const isIt = (saying: Saying) =>
      saying.type === type && Object.entries(fields).every(([key, value]) => saying[key] === value);
    const end = systemClock.now() + 20_000;
    for (;;) {
      const found = this.said.find(isIt);
      if (found) return found;
      const { exitCode, signalCode } = this.process;
      if ((exitCode !== null || signalCode !== null) && this.process.stdout!.readableEnded)
        throw new Error(`${type} was not said: ${JSON.stringify(this.said)} ${this.errors}`);
      if (systemClock.now() > end)
        throw new Error(`${type} is not said: ${JSON.stringify(this.said)} ${this.errors}`);
      await this.#more();
    }
  }

  async #more(): Promise<void> {
    const more = createDeferred();
    this.#waiting.add(more.resolve);
    const giveUp = new AbortController();
    await Promise.race([more.promise, sleep(systemClock, 1_000, giveUp.signal).catch(() => undefined)]);
    giveUp.abort();
    this.#waiting.delete(more.resolve);
  }

  #wake(): void {
    for (const wake of this.#waiting) wake();
  }
}

/** Whether a process is there. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
