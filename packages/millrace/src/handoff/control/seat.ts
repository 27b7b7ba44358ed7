import { linkSync, lstatSync, renameSync, rmSync, statSync } from "node:fs";
import { link, rm } from "node:fs/promises";
import type { Server } from "node:net";
import { dialPath } from "./dial.js";

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
  readonly #server: Server;
  readonly #place: SeatPaths;
  #ceded = false;
  #foundLeft = false;

  constructor(server: Server, path: string, place: SeatPaths) {
    this.path = path;
    this.#server = server;
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

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#ceded) this.leave();
    // Lines that are still open have owners of their own.
    this.#server.close();
    await rm(this.path, { force: true });
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
    linkSync(this.path, beside);
    renameSync(beside, path);
  }
}

/** What tells a socket from those that come after it, some of which the file system gives the same number. */
function identityAt(path: string): string | undefined {
  // Of a link that leads nowhere there is nothing to tell but the link.
  const stats = lstatSync(path, { throwIfNoEntry: false, bigint: true });
  return stats && `${stats.dev}-${stats.ino}-${stats.mtimeNs}`;
}
