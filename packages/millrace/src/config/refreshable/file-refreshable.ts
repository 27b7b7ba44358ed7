import { isUtf8 } from "node:buffer";
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { Clock } from "../../base/clock.js";
import { MillraceError } from "../../base/errors.js";
import { type FileWatch, openFileWatch } from "../../base/file-watch.js";
import { type Watch, WatchSource } from "../../base/watch.js";
import { type Refreshable, RefreshableSource } from "./refreshable.js";

/** How a file becomes a setting. */
export interface FileRefreshableOptions<T> {
  /** Makes the value of a text; throws or rejects when it is not acceptable. `file` is for messages. */
  readonly read: (text: string, file: string) => T | Promise<T>;
  /**
   * Says when what was read is no change. Comparing large values holds up the process: a `read` that gives back
   * the same object for the same content can do with `Object.is`.
   * @defaultValue equality of structure
   */
  readonly equal?: ((before: T, after: T) => boolean) | undefined;
  /**
   * Told why the file as it is now cannot be used: once for each version of it. The last good value
   * stays. Must not throw.
   */
  readonly onError?: ((error: unknown) => void) | undefined;
  /**
   * Time between looks at the file, in milliseconds; more than 0. Most changes are seen within a fifth
   * of a second, where the system tells of them.
   * @defaultValue 10_000
   */
  readonly pollMs?: number | undefined;
  /**
   * How long the file must hold still before a change of it is read, in milliseconds: whoever writes to it in place has it
   * half written meanwhile, and half a configuration may be a configuration. From 0 to 10 000.
   * @defaultValue 100
   */
  readonly settleMs?: number | undefined;
  /** Lets go of what `read` holds: called once, when the file is closed or cannot be opened. Must not throw. */
  readonly release?: (() => void) | undefined;
  /** @defaultValue the system's clock */
  readonly clock?: Clock | undefined;
}

/** A setting that follows a file. */
export interface FileRefreshable<T> extends Refreshable<T>, AsyncDisposable {
  /** Why the file as it is now cannot be used; `undefined` while the value is what it says. */
  readonly fault: Watch<unknown>;
  /**
   * Looks at the file now, which is taken to be whole. When this settles, what the file said is in force, or is refused
   * and is the {@link fault}. Never rejects.
   */
  refresh(): Promise<void>;
  /** Stops following the file. The last value stays. Idempotent. */
  close(): Promise<void>;
}

/**
 * Opens a setting that follows `file`, and reads it.
 *
 * The file may be written to, replaced, or be a link that is pointed elsewhere, as Kubernetes does with a
 * ConfigMap. A file that is written to is read when it has held still for a moment; where a writer pauses for longer, half
 * of it may be read: whoever wants no luck in it writes another file and renames that. What the file says while it cannot be used is reported, and changes nothing.
 *
 * @throws what `read` throws, or MillraceError `invalid-options` when the file cannot be read; at first only
 */
export async function openFileRefreshable<T>(
  file: string,
  options: FileRefreshableOptions<T>,
): Promise<FileRefreshable<T>> {
  try {
    const text = await readText(file);
    const value = await options.read(text, file);
    const followed = new FollowedFile(file, options, { text, value });
    await followed.refresh();
    return followed;
  } catch (error) {
    options.release?.();
    throw error;
  }
}

class FollowedFile<T> extends RefreshableSource<T> implements FileRefreshable<T> {
  readonly #file: string;
  readonly #options: FileRefreshableOptions<T>;
  readonly #fault = new WatchSource<unknown>(undefined);
  readonly #watch: FileWatch;
  #goodText: string;
  #closed = false;

  constructor(file: string, options: FileRefreshableOptions<T>, first: { text: string; value: T }) {
    super(first.value, options.equal);
    this.#file = file;
    this.#options = options;
    this.#goodText = first.text;
    const { pollMs, settleMs = 100, clock } = options;
    const watched = { paths: [resolve(file)], pollMs, settleMs, clock };
    this.#watch = openFileWatch(watched, () => this.#read());
  }

  get fault(): Watch<unknown> {
    return this.#fault;
  }

  refresh(): Promise<void> {
    return this.#watch.check();
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#watch[Symbol.dispose]();
    this.#options.release?.();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #read(): Promise<void> {
    let text: string;
    let value: T;
    try {
      text = await readText(this.#file);
      value = text === this.#goodText ? this.value : await this.#options.read(text, this.#file);
    } catch (error) {
      this.#refuse(error);
      return;
    }
    if (this.#closed) return;
    this.#goodText = text;
    this.#fault.set(undefined);
    this.set(value);
  }

  #refuse(error: unknown): void {
    if (this.#closed) return;
    this.#fault.set(error);
    this.#options.onError?.(error);
  }
}

async function readText(file: string): Promise<string> {
  let content: Buffer;
  try {
    content = await readFile(file);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw unreadable(file, reasons[code ?? ""] ?? code ?? String(cause), cause);
  }
  // Read all the same, what is none would be something else than was written.
  if (!isUtf8(content)) throw unreadable(file, "this is no text in UTF-8");
  return content.toString("utf8");
}

function unreadable(file: string, reason: string, cause?: unknown): MillraceError {
  return new MillraceError(`${file}: ${reason}`, { code: "invalid-options", unsent: true, cause });
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  EISDIR: "this is a folder, not a file",
  EACCES: "this program may not read the file",
  EPERM: "this program may not read the file",
  ENOTDIR: "there is no such file",
  ENAMETOOLONG: "no file can have this name",
  ERR_INVALID_ARG_TYPE: "this is no name of a file",
  ERR_INVALID_ARG_VALUE: "this is no name of a file",
  ELOOP: "its links lead to no file",
};
