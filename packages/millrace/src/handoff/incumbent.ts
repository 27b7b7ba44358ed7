import { generationAt } from "./control/ask.js";
import type { Line } from "./control/line.js";
import type { HandoffWay } from "./control/messages.js";
import type { Generation } from "./generation.js";
import type { Incumbent } from "./machine/succession.js";

/** Who is to follow this process. */
export interface Follower {
  readonly line: Line;
  readonly pid: number;
  readonly way: HandoffWay;
}

/** This process as the one that serves, and leaves once its successor has proven itself. */
export function openIncumbent(generation: Generation, { line, pid, way }: Follower): Incumbent {
  return {
    standBy: () => {
      generation.successor = line;
      // A queue of its own is not to be left before there is another.
      generation.standBy(way !== "reuse-port");
      generation.parts.takeOver?.release();
    },
    opened: () => {
      if (way === "reuse-port") generation.parts.gate.pause();
    },
    async resume(gone) {
      // Somebody may have come while this process had not learnt of the death.
      if (gone && (await isFollowed(generation, pid))) await generation.end("handed-over");
      else await resume(generation, true);
    },
    release: () => void generation.end("handed-over"),
  };
}

/** An address that cannot be had again ends this process: it says why, and whoever comes next finds the place free. */
export function resume(generation: Generation, seize: boolean): Promise<void> {
  return generation.resume(seize).catch((error: Error) => generation.fail(error));
}

/** Whether somebody else than the process `gone` has come to serve. */
async function isFollowed({ parts: { place, seat, settings } }: Generation, gone: number): Promise<boolean> {
  if (seat.held) return false;
  const holder = await generationAt(place, settings);
  return holder?.phase === "serving" && holder.pid !== gone;
}
