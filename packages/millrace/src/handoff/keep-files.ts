import { Keeper } from "./control/keeper.js";
import type { ControlPlace } from "./control/place.js";
import type { Seat } from "./control/seat.js";
import type { DoorFrame } from "./listen/door-frame.js";
import type { HandoffSettings } from "./options.js";
import type { HandoffPhase } from "./phase.js";

/** Whose files are kept. */
export interface KeptParts {
  readonly settings: HandoffSettings;
  readonly place: ControlPlace;
  readonly seat: Seat;
  readonly frame: DoorFrame;
  readonly phase: { readonly value: HandoffPhase };
}

/** Puts back the files by which this process is found, and by which a front reaches it, should others remove them. */
export function keepFiles({ settings, place, seat, frame, phase }: KeptParts): Keeper {
  // Whether it is this process that the next one is to find: not the one that serves behind a front.
  const holdsPlace = () =>
    phase.value === "fronting" || (phase.value === "serving" && frame.forwardTo.length === 0);
  return new Keeper({
    clock: settings.clock,
    async keep(nowMs) {
      await frame.doors.keep(nowMs);
      return seat.keep(holdsPlace, nowMs);
    },
    onFault: (reason) =>
      process.emitWarning(
        `the control socket ${place.path} cannot be put back: ${reason}; the next start will not take over from this process`,
      ),
  });
}
