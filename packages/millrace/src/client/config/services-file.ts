import type { Clock } from "../../base/clock.js";
import { ConfigError } from "../../config/document/issues.js";
import { type FileRefreshable, openFileRefreshable } from "../../config/refreshable/file-refreshable.js";
import { faults } from "../../service/fault.js";
import { guarded } from "../guarded.js";
import { AsideReader } from "./aside-reader.js";
import { readServices } from "./read-services.js";
import type { ServicesConfig } from "./services-config.js";

/** Who hears of what is wrong with a file of services, and how often it is looked at. */
export interface ServicesFileOptions {
  /**
   * Told why the file as it is now cannot be used: once for each version of it. The last good configuration
   * stays in force. What it throws is a fault.
   * @defaultValue told as a fault, on the topic `millrace.fault`
   */
  readonly onError?: ((error: unknown) => void) | undefined;
  /**
   * Told of each key that nobody knows, with place and the nearest known name. What it throws is a fault.
   * @defaultValue a warning of the process
   */
  readonly onWarning?: ((warning: string) => void) | undefined;
  /**
   * Time between looks at the file, in milliseconds; more than 0. Most changes are seen within a fifth of a
   * second, where the system tells of them.
   * @defaultValue 10_000
   */
  readonly pollMs?: number | undefined;
  /** @defaultValue the system's clock */
  readonly clock?: Clock | undefined;
}

/**
 * To read a longer text takes milliseconds in which nothing else could happen: that is left to another thread. At first
 * too, though nothing may happen yet: the next time the thread is there, and knows its work.
 */
const longestInline = 8 * 1024;

/**
 * Opens the configuration of services in a YAML or JSON file, which is followed: give it to
 * `openClientFactory`.
 *
 * @throws ConfigError when the file says what it may not, MillraceError `invalid-options` when it cannot be
 * read; at first only
 */
export function openServicesFile(
  file: string,
  options: ServicesFileOptions = {},
): Promise<FileRefreshable<ServicesConfig>> {
  const {
    onWarning = (warning) => process.emitWarning(warning, "MillraceConfigWarning"),
    pollMs,
    clock,
  } = options;
  const aside = new AsideReader(file);
  let reads = 0;
  let namedAny = false;
  const read = async (text: string) => {
    reads += 1;
    if (reads > 1 && text.trim() === "") throw unnamed("an empty file", file);
    const { config, warnings } = await (text.length > longestInline
      ? aside.read(text)
      : readServices(text, file));
    const names = namesAny(config);
    if (namedAny && !names && !saysNone.test(text)) throw unnamed("none", file);
    namedAny = names;
    for (const warning of warnings) guarded("client.servicesFile.onWarning", () => onWarning(warning));
    return config;
  };
  const onError = (error: unknown) => report(options.onError, error);
  const release = () => aside[Symbol.dispose]();
  return openFileRefreshable(file, { read, equal: Object.is, onError, pollMs, clock, release });
}

function namesAny({ services }: ServicesConfig): boolean {
  for (const _name in services) return true;
  return false;
}

const saysNone = /^[^#\n]*\bservices["']?\s*:\s*\{/m;

/**
 * Whoever writes to a file in place empties it first, and has its first lines there before the others: that must not
 * take all services away.
 */
function unnamed(found: string, file: string): ConfigError {
  const message = `expected services, found ${found}; to name none, write "services: {}"`;
  return new ConfigError(
    [{ path: [], at: "value", field: "", message, position: { line: 1, column: 1 } }],
    file,
  );
}

function report(onError: ((error: unknown) => void) | undefined, error: unknown): void {
  if (!onError) {
    faults.publish({ where: "client.servicesFile", error });
    return;
  }
  guarded("client.servicesFile.onError", () => onError(error));
}
