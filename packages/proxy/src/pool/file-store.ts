import { renameSync } from "node:fs";
import { open, readFile, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { isMillraceError, MillraceError } from "millrace/base";
import { checkDocument } from "millrace/config";
import { type PoolStore, type StoredPool, storedPoolSchema } from "./store.js";

/**
 * Makes a store that keeps the pool in a JSON file.
 *
 * Each save replaces the file as a whole, so that a crash leaves the old pool or the new one. A file
 * that cannot be read as a pool is an error and stays as it is: it may be somebody's work.
 */
export function createFileStore(file: string): PoolStore {
  return {
    load: () => load(file),
    save: (pool, signal) => save(file, `${JSON.stringify(pool, null, 2)}\n`, signal),
    probe: () => probe(file),
  };
}

async function load(file: string): Promise<StoredPool | undefined> {
  try {
    const content: unknown = JSON.parse(await readFile(file, "utf8"));
    checkDocument(storedPoolSchema, content);
    return content as StoredPool;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw unreadable(file, cause);
  }
}

async function save(file: string, text: string, signal: AbortSignal | undefined): Promise<void> {
  const next = nextTo(file);
  try {
    await writeSafely(next, text);
    // In one breath: whoever has the pool from then on must not find it changed under them.
    if (!signal?.aborted) renameSync(next, file);
    else await rm(next, { force: true });
    await syncFolder(dirname(file));
  } catch (cause) {
    throw unkept(file, cause);
  }
  signal?.throwIfAborted();
}

async function probe(file: string): Promise<void> {
  const next = nextTo(file);
  try {
    await writeSafely(next, "");
    await rm(next);
  } catch (cause) {
    throw unkept(file, cause);
  }
}

/** Each process writes beside the file by a name of its own: of two, one is about to take over from the other. */
function nextTo(file: string): string {
  return `${file}.${process.pid}.next`;
}

async function writeSafely(file: string, text: string): Promise<void> {
  await using handle = await open(file, "w", 0o600);
  await handle.writeFile(text);
  await handle.sync();
}

async function syncFolder(folder: string): Promise<void> {
  await using handle = await open(folder, "r");
  await handle.sync();
}

function unkept(file: string, cause: unknown): MillraceError {
  const message = `the pool could not be kept in ${file}: ${reasonOf(cause)}`;
  return new MillraceError(message, { code: "unavailable", unsent: true, cause });
}

function unreadable(file: string, cause: unknown): MillraceError {
  const advice = "mend it or move it away; it was left as it is";
  const message = `the pool kept in ${file} cannot be read: ${reasonOf(cause)} (${advice})`;
  return new MillraceError(message, { code: "invalid-options", unsent: true, cause });
}

function reasonOf(cause: unknown): string {
  return isMillraceError(cause) || cause instanceof Error ? cause.message : String(cause);
}
