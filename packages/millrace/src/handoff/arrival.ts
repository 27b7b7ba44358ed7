import { sleep } from "../base/clock.js";
import { applyForPlace, type Candidacy, type CandidacyParts } from "./candidacy.js";
import type { Handle } from "./handles/handle.js";
import type { DoorFrame } from "./listen/door-frame.js";
import { takeAddresses } from "./take-addresses.js";

/** What it takes to come by addresses. */
export interface ArrivalParts extends CandidacyParts {
  /** Where the addresses go. */
  readonly frame: DoorFrame;
  /** What a service manager has passed, one for each address. */
  readonly activated: readonly Handle[] | undefined;
  /** Turns away those who have come already: they look again, and find whoever has the place then. */
  readonly turnAway: () => void;
}

/** How long one waits for those who have the sockets of a process that was killed, in milliseconds. */
const patienceMs = 2_000;
const againMs = 20;

/**
 * Comes by the addresses: from the process that holds the place, or as the first, which nobody has agreed to anything
 * with. One that finds the place of a process that was killed, and cannot bind, looks again for a while, since somebody
 * else who has its sockets may come back.
 *
 * @throws MillraceError whatever the holder objects to, or `invalid-options` when an address cannot be had
 */
export async function arrive(parts: ArrivalParts): Promise<Candidacy | undefined> {
  const { settings, seat, frame, ways, activated, turnAway } = parts;
  for (const end = settings.clock.now() + patienceMs; ; await sleep(settings.clock, againMs)) {
    const candidacy = await applyForPlace(parts);
    const reuse = (candidacy?.acceptance.way ?? ways[0]) === "reuse-port";
    try {
      await takeAddresses(frame, settings, { activated, candidacy, reuse });
      return candidacy;
    } catch (error) {
      candidacy?.takeOver.abandon((error as Error).message);
      if (candidacy || !seat.foundLeft || settings.clock.now() > end) throw error;
    }
    seat.leave();
    turnAway();
    frame.clear();
  }
}
