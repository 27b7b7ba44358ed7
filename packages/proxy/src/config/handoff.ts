import { invalidOption } from "millrace/base";
import { duration, section } from "millrace/config";
import { z } from "zod";
import { defaultHandoffName } from "../handoff/name.js";
import type { Address } from "./address.js";
import { filePath, text } from "./fields.js";

/** How the next start of the proxy takes over from the one that runs. */
export interface HandoffConfig {
  readonly name: string;
  /** `undefined` for the usual one. */
  readonly folder: string | undefined;
  readonly probationMs: number;
  readonly readyMs: number;
  readonly pidFile: string | undefined;
  /** Whether somebody has asked for it. Who has not can do without. */
  readonly asked: boolean;
}

const name = text(
  "What the proxy is found by: those of one name are versions of one another.",
  "up to 64 letters, digits, dots, dashes and underscores",
  isHandoffName,
);

/** What the file may say of handing over. */
export const handoffFields = {
  name: name.optional(),
  folder: filePath("Folder of the control socket; this user's alone.").optional(),
  probation: duration("For how long the old proxy stays in case the new one dies.", 0).default(10_000),
  ready: duration("How long a new proxy may take until it can serve.").default(60_000),
  pidFile: filePath("File with the process id of the manager that serves.").optional(),
};

/** Settings, or false for a proxy that does not hand over. */
export const handoffSchema = z
  .union([z.literal(false), section(handoffFields)], { error: "expected settings, or false" })
  .optional()
  .meta({ description: "How the next start takes over; false turns it off." });

/** {@link handoffSchema}, checked. */
type HandoffValues = z.output<typeof handoffSchema>;

/**
 * Fills the gaps; `undefined` for a proxy that does not hand over. One that listens wherever the system likes has no name
 * by which the next could find it, unless it is given one.
 *
 * @throws MillraceError `invalid-options` when it is to hand over, and needs a name
 */
export function resolveHandoff(
  values: HandoffValues,
  first: Address,
  toPath: (file: string) => string,
): HandoffConfig | undefined {
  if (values === false) return undefined;
  const asked = values !== undefined;
  const { name: given, folder, probation = 10_000, ready = 60_000, pidFile } = values ?? {};
  if (given === undefined && first.port === 0) {
    if (!asked) return undefined;
    throw invalidOption("handoff.name", "a name, since the first address has no port of its own", "nothing");
  }
  if (!asked && process.platform === "win32") return undefined;
  return {
    name: given ?? defaultHandoffName(first),
    folder: folder === undefined ? undefined : toPath(folder),
    probationMs: probation,
    readyMs: ready,
    pidFile: pidFile === undefined ? undefined : toPath(pidFile),
    asked,
  };
}

/** Whether a proxy can be found by `text`. */
export function isHandoffName(text: string): boolean {
  return /^\w[\w.@-]{0,63}$/.test(text);
}
