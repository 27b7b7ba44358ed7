import { spawn } from "node:child_process";

/** A change of the unit that has been announced to its service manager. */
export interface AnnouncedChange {
  /** Says that it is over, and what is so now. Idempotent; says nothing after {@link ServiceManager.serving}. */
  over(status: string): void;
}

/**
 * What a service manager is told of its unit (`sd_notify`): who its main process is, when it changes, and when it is about
 * to stop. Messages go out one after the other.
 */
export interface ServiceManager {
  /** Settles once it has heard everything that it was told by now. */
  readonly told: Promise<void>;
  /** Process `pid` is the main one of the unit, and serves. Ends every change. */
  serving(pid: number, status: string): void;
  /** The unit reloads: it serves as before, and will say so when that is over. The last of several changes says it. */
  changing(status: string): AnnouncedChange;
  /** Process `pid` is the main one, and the unit is about to stop. */
  stopping(pid: number): void;
}

/**
 * The service manager of this process's unit, which `NOTIFY_SOCKET` in its environment names. Without one it is told
 * nothing.
 *
 * Its socket takes datagrams, which Node cannot send to a path, so the program `systemd-notify` does. Where that is
 * missing, or not heard, nothing is told and nothing fails.
 */
export function createServiceManager(env: NodeJS.ProcessEnv = process.env): ServiceManager {
  return (env["NOTIFY_SOCKET"] ?? "") === "" ? nobody : new Notifier(notify);
}

/** Nobody is told. @internal */
export const nobody: ServiceManager = {
  told: Promise.resolve(),
  serving: () => undefined,
  changing: () => ({ over: () => undefined }),
  stopping: () => undefined,
};

class Notifier implements ServiceManager {
  readonly #send: (args: readonly string[]) => Promise<void>;
  readonly #changes = new Set<AnnouncedChange>();
  #told = Promise.resolve();

  constructor(send: (args: readonly string[]) => Promise<void>) {
    this.#send = send;
  }

  get told(): Promise<void> {
    return this.#told;
  }

  serving(pid: number, status: string): void {
    this.#changes.clear();
    this.#tell("--ready", `--pid=${pid}`, statusLine(status));
  }

  changing(status: string): AnnouncedChange {
    const change = { over: (outcome: string) => this.#end(change, outcome) };
    this.#changes.add(change);
    // Which reload this answers is told by the time.
    this.#tell("RELOADING=1", `MONOTONIC_USEC=${monotonicMicros()}`, statusLine(status));
    return change;
  }

  stopping(pid: number): void {
    this.#tell(`--pid=${pid}`, "STOPPING=1");
  }

  #end(change: AnnouncedChange, status: string): void {
    if (this.#changes.delete(change) && this.#changes.size === 0) this.#tell("--ready", statusLine(status));
  }

  #tell(...args: readonly string[]): void {
    this.#told = this.#told.then(() => this.#send(args));
  }
}

/** A message is made of lines: a further one would be taken for a variable. */
function statusLine(status: string): string {
  return `--status=${status.split("\n", 1)[0]}`;
}

/** The time of CLOCK_MONOTONIC: whoever is told compares it with its own. */
function monotonicMicros(): bigint {
  // eslint-disable-next-line no-restricted-properties -- the system's own, which no clock that is handed in knows
  return process.hrtime.bigint() / 1_000n;
}

/** Settles when the program has ended: not there, or not heard, it changes nothing. */
function notify(args: readonly string[]): Promise<void> {
  return new Promise((resolve) => {
    const child = spawn("systemd-notify", args, { stdio: "ignore" });
    child.once("error", () => resolve());
    child.once("exit", () => resolve());
  });
}
