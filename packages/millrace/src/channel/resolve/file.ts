import { readFile } from "node:fs/promises";
import { type Clock, systemClock } from "../../base/clock.js";
import { MillraceError } from "../../base/errors.js";
import { type FileWatch, openFileWatch } from "../../base/file-watch.js";
import { requirePositive, requireText } from "../../base/options.js";
import { parseAddressList } from "./address-list.js";
import { noAddresses } from "./iterable.js";
import type { ResolutionListener, Resolver } from "./resolver.js";

/** Which file holds the addresses, and how often to look. */
export interface FileResolverOptions {
  /** The file: one address a line, or a JSON list. */
  readonly path: string;
  /**
   * Time between looks, in milliseconds. Most changes are seen sooner, where the system tells of them.
   * @defaultValue 10_000
   */
  readonly pollMs?: number | undefined;
  /** @defaultValue {@link systemClock} */
  readonly clock?: Clock | undefined;
}

/**
 * Makes a resolver of a file that is read again whenever it has changed: written, replaced, or reached by
 * another symbolic link.
 *
 * A file that is missing, empty or cannot be read is a failure, and removes nothing. Replace the file by a rename:
 * one that is written in place may be read half written, and half a list is a list.
 *
 * @throws MillraceError `invalid-options` when an option is out of its range
 */
export function createFileResolver(options: FileResolverOptions): Resolver {
  const { path, pollMs = 10_000, clock = systemClock } = options;
  requireText("resolver.path", "the path of a file", path);
  requirePositive("resolver.pollMs", pollMs);
  const target = `file:${path}`;
  return {
    target,
    watch(listener) {
      let watched = true;
      const watch: FileWatch = openFileWatch({ paths: [path], pollMs, clock }, async () => {
        const told = await read(path, target);
        if (watched) told(listener);
      });
      return {
        refresh: () => void watch.check(),
        [Symbol.dispose]: () => {
          watched = false;
          watch[Symbol.dispose]();
        },
      };
    },
  };
}

async function read(path: string, target: string): Promise<(listener: ResolutionListener) => void> {
  try {
    const addresses = parseAddressList(await readFile(path, "utf8"));
    if (addresses.length === 0) throw noAddresses(target);
    return (listener) => listener.resolved(addresses);
  } catch (cause) {
    const reason = (cause as Error).message;
    const error = new MillraceError(`cannot read ${target}: ${reason}`, {
      code: "unavailable",
      unsent: true,
      cause,
    });
    return (listener) => listener.failed(error);
  }
}
