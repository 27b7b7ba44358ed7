import { type BigIntStats, lstatSync } from "node:fs";
import { link, rm, utimes } from "node:fs/promises";
import type { Server } from "node:net";
import { listenPrivately } from "../handles/listen-privately.js";

/** What listens under a path of this process's own. */
export interface SocketFileParts {
  readonly path: string;
  /** Makes a server, which is closed with the file: another one takes its place when the file has to be made again. */
  readonly create: () => Server;
  /** Makes the folder where it is missing. Rejects when others could get at what is in it. */
  readonly requireFolder: () => Promise<void>;
}

/** A file is made young when its time is so far from now, in milliseconds: cleaners count in days. */
const staleMs = 3_600_000;

/**
 * A listening socket that only this user can connect to, under a path that nobody else has.
 *
 * Whatever cleans temporary folders may remove the path. Nothing tells the process then, and nobody finds it any more: so
 * the file is looked after.
 */
export class SocketFile implements AsyncDisposable {
  readonly path: string;
  readonly #parts: SocketFileParts;
  #server: Server | undefined;
  #closed = false;
  /** The file as this process left it. */
  #left: BigIntStats | undefined;

  constructor(parts: SocketFileParts) {
    this.path = parts.path;
    this.#parts = parts;
  }

  async open(): Promise<void> {
    const server = this.#parts.create();
    await listenPrivately(server, this.path);
    this.#server = server;
    this.#left = statsOf(this.path);
  }

  /**
   * Makes the file again where it is gone: from `other`, if that is a second name of it, or by listening anew. Keeps its
   * time near `nowMs`, the wall clock's.
   */
  async keep(nowMs: number, other?: string): Promise<void> {
    if (this.#closed) return;
    const found = statsOf(this.path);
    const inPlace = isSame(found, this.#left);
    if (!inPlace) {
      await this.#parts.requireFolder();
      if (other !== undefined && identityOf(statsOf(other)) === identityOf(this.#left))
        await link(other, this.path);
      else await this.#reopen();
    }
    if (inPlace && Math.abs(nowMs - Number(found?.mtimeMs)) > staleMs)
      await utimes(this.path, nowMs / 1_000, nowMs / 1_000);
    this.#left = statsOf(this.path);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    // Connections that are open have owners of their own.
    this.#server?.close();
    await rm(this.path, { force: true });
  }

  async #reopen(): Promise<void> {
    // First: closing removes whatever has the path.
    this.#server?.close();
    if (!this.#closed) await this.open();
    if (this.#closed) this.#server?.close();
  }
}

/** What tells a socket from those that come after it, some of which the file system gives the same number. */
export function identityAt(path: string): string | undefined {
  return identityOf(statsOf(path));
}

function identityOf(stats: BigIntStats | undefined): string | undefined {
  return stats && `${stats.dev}-${stats.ino}-${stats.mtimeNs}`;
}

function isSame(one: BigIntStats | undefined, other: BigIntStats | undefined): boolean {
  return one !== undefined && one.ino === other?.ino && one.dev === other.dev;
}

/** Of a link that leads nowhere there is nothing to tell but the link. */
function statsOf(path: string): BigIntStats | undefined {
  return lstatSync(path, { throwIfNoEntry: false, bigint: true });
}
