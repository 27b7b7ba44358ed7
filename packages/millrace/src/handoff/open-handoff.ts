import { Scope } from "../base/scope.js";
import { openPlace } from "./control/place.js";
import { handleClasses } from "./handles/classes.js";
import { openDuplicator } from "./handles/duplicate.js";
import type { Handoff } from "./handoff.js";
import { HandoffProcess } from "./handoff-process.js";
import { handoffSettings, type OpenHandoffOptions } from "./options.js";

/**
 * Takes over from the running process of the same name, or is the first. Until {@link Handoff.ready} nobody is let in.
 *
 * This is what {@link serve} stands on, for programs that accept in other processes or start in several steps.
 *
 * @throws MillraceError `invalid-options` when options, addresses or the control folder cannot be used; `protocol`,
 * `unavailable`, `closed` or `timeout` when the running process refuses
 */
export async function openHandoff(options: OpenHandoffOptions): Promise<Handoff> {
  const settings = handoffSettings(options);
  const scope = new Scope();
  try {
    const place = await openPlace(settings.folder, settings.name);
    const classes = await handleClasses(place.scratch());
    const duplicator = scope.own(await openDuplicator(place.scratch(), classes));
    const process = new HandoffProcess({ settings, place, classes, duplicator, scope });
    await process.open();
    return process;
  } catch (error) {
    await scope[Symbol.asyncDispose]();
    throw error;
  }
}
