import { type Clock, sleep } from "../base/clock.js";
import { neverReady } from "./candidacy.js";
import { generationAt } from "./control/ask.js";
import type { ControlPlace } from "./control/place.js";
import type { Seat } from "./control/seat.js";

/** What a process has whose predecessor has died. */
export interface InheritParts {
  readonly place: ControlPlace;
  readonly seat: Seat;
  readonly clock: Clock;
  /** Where the process can be dialled that stood by for the one that has died. */
  readonly standsBy: string | undefined;
}

/** How long somebody who does not serve may keep the place, in milliseconds: one that cannot bind leaves it sooner. */
const patienceMs = 3_000;
const againMs = 20;

/**
 * Takes the place of a predecessor that has died, so that whoever comes next asks this process.
 *
 * @throws MillraceError `closed` when somebody else serves, or is about to: the one who stood by, or one who came since
 */
export async function inheritPlace({ place, seat, clock, standsBy }: InheritParts): Promise<void> {
  for (const end = clock.now() + patienceMs; ; await sleep(clock, againMs)) {
    const before = standsBy === undefined ? undefined : await generationAt(place, { seat: standsBy, clock });
    if (before?.phase === "standby" || before?.phase === "serving")
      throw neverReady("the process before the one that has died serves again");
    if (await seat.claim()) return;
    const holder = await generationAt(place, { clock });
    if (holder?.phase === "serving" || clock.now() > end)
      throw neverReady("another process has taken the addresses meanwhile");
  }
}
