import { MillraceError } from "../../base/errors.js";
import { invalidOption } from "../../base/options.js";
import type { WrapOptions } from "./wrapped-program.js";

const known: ReadonlySet<string> = new Set<keyof WrapOptions>([
  ...(["name", "folder", "release", "addressesMayDiffer", "settleMs"] as const),
  ...(["readyMs", "switchMs", "probationMs", "drainMs", "giveBackMs"] as const),
  ...(["stopOnSignals", "restartOn", "pidFile", "notify", "giveBackOnExit", "stay"] as const),
]);

/**
 * Reads the options of a wrapped program, which come as JSON.
 *
 * @throws MillraceError `invalid-options` when it is no object, or one with options that there are not
 */
export function readOptions(text: string): WrapOptions {
  try {
    const read: unknown = JSON.parse(text);
    if (typeof read === "object" && read !== null && !Array.isArray(read)) return requireKnown(read);
  } catch (error) {
    if (error instanceof MillraceError) throw error;
    // The same as other JSON that is no object.
  }
  throw invalidOption("MILLRACE_HANDOFF", "options as a JSON object, or off", text);
}

function requireKnown(read: object): WrapOptions {
  const unknown = Object.keys(read).find((key) => !known.has(key));
  if (unknown !== undefined)
    throw invalidOption("MILLRACE_HANDOFF", `options among ${[...known].join(", ")}`, unknown);
  return read;
}
