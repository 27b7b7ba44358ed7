import { type FSWatcher, watch } from "node:fs";
import { stat } from "node:fs/promises";
import { dirname } from "node:path";
import { type Clock, systemClock } from "./clock.js";
import { requirePositive, requireRange } from "./options.js";

/** Which files to watch, and how often to look. */
export interface FileWatchOptions {
  /** The files; they need not be there yet. */
  readonly paths: readonly string[];
  /**
   * Time between looks, in milliseconds. Most changes are seen sooner, where the system tells of them.
   * @defaultValue 10_000
   */
  readonly pollMs?: number | undefined;
  /**
   * How long a change that was found by itself must hold still before it is told, in milliseconds: whoever writes to a
   * file in place has it half written meanwhile. One that does not is told after 10 s all the same.
   * @defaultValue 0
   */
  readonly settleMs?: number | undefined;
  /** @defaultValue {@link systemClock} */
  readonly clock?: Clock | undefined;
}

/** Looks at files until it is disposed of. */
export interface FileWatch extends Disposable {
  /** Looks now, and waits for nothing to hold still. Settles when what was found has been told, and taken. */
  check(): Promise<void>;
}

/** Changes come in bursts: a look waits this long, in milliseconds, for the rest of one. */
const burstMs = 50;

/** What never holds still is told after this time, in milliseconds. */
const longestUnsettledMs = 10_000;

/**
 * Calls `changed` once at the start, and whenever one of the files has become another: written, replaced,
 * removed, made, reached through another symbolic link, or given other rights. One call at a time: a change during a call
 * leads to another when that has settled.
 *
 * Read the files in `changed`, each time: a file is looked at before it is read, so that no change is
 * missed. A file may be read half written, less likely so with `settleMs`; the end of the writing is a change of its
 * own. `changed` must not throw or reject.
 *
 * What is compared is device, inode, mode, size and times of what the path leads to. That the system tells of changes
 * is only used to look sooner.
 *
 * @throws MillraceError `invalid-options` when `pollMs` is not positive, or `settleMs` is negative
 */
export function openFileWatch(options: FileWatchOptions, changed: () => void | Promise<void>): FileWatch {
  const { paths, pollMs = 10_000, settleMs = 0, clock = systemClock } = options;
  requirePositive("watch.pollMs", pollMs);
  requireRange("watch.settleMs", settleMs, 0, longestUnsettledMs);
  return new PollingWatch({ paths, pollMs, settleMs, clock }, changed);
}

interface FileWatchSettings {
  readonly paths: readonly string[];
  readonly pollMs: number;
  readonly settleMs: number;
  readonly clock: Clock;
}

/** A change that may not be over. */
interface Unsettled {
  /** What was found last. */
  readonly found: string;
  /** Since when it has held still. */
  readonly at: number;
  /** Since when there has been something to tell. */
  readonly since: number;
}

class PollingWatch implements FileWatch {
  readonly #settings: FileWatchSettings;
  readonly #changed: () => void | Promise<void>;
  readonly #hints: FolderHints;
  #seen = "";
  #unsettled: Unsettled | undefined;
  #asked = false;
  #looking: Promise<void> | undefined;
  #again = false;
  #hinted = false;
  #timer: Disposable | undefined;
  #disposed = false;

  constructor(settings: FileWatchSettings, changed: () => void | Promise<void>) {
    this.#settings = settings;
    this.#changed = changed;
    this.#hints = new FolderHints(
      settings.paths.map((path) => dirname(path)),
      () => this.#hear(),
    );
    void this.check();
  }

  check(): Promise<void> {
    this.#asked = true;
    return this.#start();
  }

  [Symbol.dispose](): void {
    this.#disposed = true;
    this.#timer?.[Symbol.dispose]();
    this.#hints[Symbol.dispose]();
  }

  #start(): Promise<void> {
    if (this.#disposed) return Promise.resolve();
    // The look under way may have been too early for what is asked about.
    if (this.#looking) this.#again = true;
    this.#looking ??= this.#look().finally(() => {
      const { pollMs, settleMs } = this.#settings;
      this.#looking = undefined;
      this.#schedule(this.#unsettled ? Math.min(settleMs, pollMs) : pollMs);
    });
    return this.#looking;
  }

  async #look(): Promise<void> {
    do {
      const asked = this.#asked;
      this.#asked = false;
      this.#again = false;
      this.#hints.ensure();
      const found = (await Promise.all(this.#settings.paths.map(fingerprint))).join("\n");
      if (this.#disposed) return;
      const isOver = asked || found === this.#seen || this.#hasSettled(found);
      if (isOver) this.#unsettled = undefined;
      if (!isOver || found === this.#seen) continue;
      this.#seen = found;
      await this.#changed();
    } while (this.#again && !this.#disposed);
  }

  #hasSettled(found: string): boolean {
    const { settleMs, clock } = this.#settings;
    const now = clock.now();
    const before = this.#unsettled;
    const at = before?.found === found ? before.at : now;
    const since = before?.since ?? now;
    this.#unsettled = { found, at, since };
    return now - at >= settleMs || now - since >= longestUnsettledMs;
  }

  /** Brings the next look forward, once: in a busy folder nothing would ever be looked at otherwise. */
  #hear(): void {
    if (this.#hinted || this.#disposed) return;
    this.#schedule(burstMs);
    this.#hinted = true;
  }

  #schedule(delayMs: number): void {
    if (this.#disposed) return;
    this.#hinted = false;
    this.#timer?.[Symbol.dispose]();
    this.#timer = this.#settings.clock.schedule(delayMs, () => void this.#start(), "upkeep");
  }
}

/** Hears from the system that something happened in a folder; silent where it cannot. */
class FolderHints implements Disposable {
  readonly #watchers = new Map<string, FSWatcher | undefined>();
  readonly #heard: () => void;

  constructor(folders: readonly string[], heard: () => void) {
    this.#heard = heard;
    for (const folder of folders) this.#watchers.set(folder, undefined);
  }

  /** Listens to the folders that are not listened to, and were made since. */
  ensure(): void {
    for (const [folder, watcher] of this.#watchers) {
      if (!watcher) this.#watchers.set(folder, this.#listen(folder));
    }
  }

  [Symbol.dispose](): void {
    for (const watcher of this.#watchers.values()) watcher?.close();
    this.#watchers.clear();
  }

  #listen(folder: string): FSWatcher | undefined {
    try {
      const watcher = watch(folder, { persistent: false }, this.#heard);
      watcher.on("error", () => this.#lose(folder, watcher));
      return watcher;
    } catch {
      // The folder is not there, or the system has no more to give: the looks go on without.
      return undefined;
    }
  }

  #lose(folder: string, watcher: FSWatcher): void {
    watcher.close();
    if (this.#watchers.get(folder) === watcher) this.#watchers.set(folder, undefined);
  }
}

async function fingerprint(path: string): Promise<string> {
  try {
    const { dev, ino, mode, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true });
    return [dev, ino, mode, size, mtimeNs, ctimeNs].join(" ");
  } catch (error) {
    return `unreadable ${(error as NodeJS.ErrnoException).code}`;
  }
}
