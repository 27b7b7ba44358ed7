import { linkSync, renameSync, rmSync, statSync } from "node:fs";
import { link } from "node:fs/promises";
import { MillraceError } from "../../base/errors.js";
import { dialPath } from "./dial.js";
import { identityAt, type SocketFile } from "./socket-file.js";

/** One process's claim to a place. */
export interface Seat extends AsyncDisposable {
  /** Where this process can be dialled, whoever holds the place. */
  readonly path: string;
  /** Whether this process holds the place. */
  readonly held: boolean;
  /** Whether it has found the place as a process left it that was killed. */
  readonly foundLeft: boolean;
  /** Takes the place if nobody has it. Of several that try at once, one gets it. */
  claim(): Promise<boolean>;
  /** Takes the place from whoever has it, between one dial and the next. */
  seize(): void;
  /** Leaves the place, which anybody may claim then. */
  leave(): void;
  /** Leaves the place to somebody who is about to seize it. */
  cede(): void;
  /**
   * Puts back what has been removed: the way to this process, and its hold on the place if it `holds` that and nobody has
   * it by now. `nowMs` is the wall clock's time, near which the files are kept. False when somebody else has the place.
   */
  keep(holds: () => boolean, nowMs: number): Promise<boolean>;
}

/** What a seat asks of its place. */
export interface SeatPaths {
  /** The common name. */
  readonly path: string;
  scratch(): string;
  /** Where one takes the right to replace what a process has left. */
  rightTo(left: string): string;
}

/**
 * A listening socket under a name of its own, which is linked to the common name to take the place. A link is made only
 * where there is none, and a rename replaces at once: both are one step for the file system, so nobody ever finds the
 * name missing between two holders.
 */
export class UnixSeat implements Seat {
  readonly path: string;
  readonly #file: SocketFile;
  readonly #place: SeatPaths;
  #ceded = false;
  #foundLeft = false;
  #closed = false;
  #keeping: Promise<unknown> = Promise.resolve();

  constructor(file: SocketFile, place: SeatPaths) {
    this.path = file.path;
    this.#file = file;
    this.#place = place;
  }

  get held(): boolean {
    const mine = statSync(this.path, { throwIfNoEntry: false });
    const holder = statSync(this.#place.path, { throwIfNoEntry: false });
    return mine !== undefined && mine.ino === holder?.ino && mine.dev === holder.dev;
  }

  claim(): Promise<boolean> {
    return this.#take(this.#place.path);
  }

  seize(): void {
    this.#rename(this.#place.path);
  }

  get foundLeft(): boolean {
    return this.#foundLeft;
  }

  leave(): void {
    // In one breath: who takes the place meanwhile is not to lose it.
    if (this.held) rmSync(this.#place.path, { force: true });
  }

  cede(): void {
    this.#ceded = true;
  }

  keep(holds: () => boolean, nowMs: number): Promise<boolean> {
    const kept = this.#keep(holds, nowMs);
    this.#keeping = kept.catch(() => undefined);
    return kept;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    if (!this.#ceded) this.leave();
    await this.#keeping;
    if (!this.#ceded) this.leave();
    await this.#file[Symbol.asyncDispose]();
  }

  async #keep(holds: () => boolean, nowMs: number): Promise<boolean> {
    if (this.#closed) return true;
    await this.#file.keep(nowMs, this.#place.path);
    if (!holds() || this.#closed || this.held) return true;
    return await this.claim();
  }

  /**
   * Links this socket to `path` if nobody has that. What a process has left there that is gone is replaced by whoever
   * alone may replace it: the one who has taken the path that stands for just that. So nobody moves away who came since.
   */
  async #take(path: string): Promise<boolean> {
    for (;;) {
      if (await this.#linkTo(path)) return true;
      const left = identityAt(path);
      if (left === undefined) continue;
      const answer = await dialPath(path);
      answer?.destroy();
      if (answer) return false;
      this.#foundLeft = true;
      return await this.#replace(path, left);
    }
  }

  async #replace(path: string, left: string): Promise<boolean> {
    const right = this.#place.rightTo(left);
    if (!(await this.#take(right))) return false;
    try {
      const unchanged = identityAt(path) === left;
      if (unchanged) this.#rename(path);
      return unchanged;
    } finally {
      rmSync(right, { force: true });
    }
  }

  async #linkTo(path: string): Promise<boolean> {
    try {
      await link(this.path, path);
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
      throw error;
    }
  }

  /** Puts this socket in the place of whatever is at `path`, in one step. */
  #rename(path: string): void {
    const beside = this.#place.scratch();
    try {
      linkSync(this.path, beside);
      renameSync(beside, path);
    } catch (cause) {
      rmSync(beside, { force: true });
      throw unusable(path, cause as NodeJS.ErrnoException);
    }
  }
}

function unusable(path: string, cause: NodeJS.ErrnoException): MillraceError {
  const why = cause.code === "EISDIR" ? "there is a folder; remove it" : cause.message;
  return new MillraceError(`cannot take the control socket ${path}: ${why}`, {
    code: "invalid-options",
    unsent: true,
    cause,
  });
}
