import { handoffEvents } from "../events.js";
import type { Handoff } from "../handoff.js";
import type { AnnouncedChange, ServiceManager } from "./service-manager.js";

/**
 * Tells the service manager who the main process of its unit is, when a successor gets ready, and when the unit is about
 * to stop.
 *
 * A process that takes over becomes the main one when it has proven itself, not before: the manager ends the unit, and
 * whoever stands by with it, when its main process ends. Until then the unit reloads, and the main process says so. For the
 * same reason the old process tells of the new one, and must not end before the manager has heard it.
 */
export function tellManager(handoff: Handoff, manager: ServiceManager): Disposable {
  const { generation } = handoff;
  let before = handoff.phase.value;
  let successor: AnnouncedChange | undefined;
  const following = handoff.phase.subscribe((phase) => {
    if (phase === "serving" && before === "starting" && !handoff.probation.value)
      manager.serving(process.pid, `generation ${generation} serves`);
    // Who stood by, or has given back, leaves others who serve.
    else if (phase === "draining" && before === "serving" && handoff.ending === "stopped")
      manager.stopping(process.pid);
    before = phase;
  });
  const upgrading = handoffEvents.subscribe((event) => {
    if (event.name !== handoff.status.name || event.generation !== generation) return;
    if (event.type === "upgrade-started") successor = manager.changing(`release ${event.release} gets ready`);
    else if (event.type === "upgrade-failed")
      successor?.over(`generation ${generation} serves; release ${event.release} has failed`);
    else if (event.type === "upgrade-proven") manager.serving(event.pid, `release ${event.release} serves`);
  });
  return {
    [Symbol.dispose]() {
      following[Symbol.dispose]();
      upgrading[Symbol.dispose]();
    },
  };
}

/** Starts a successor by `restart`, which calls what it gets when that has ended; the unit reloads until then at the latest. */
export async function tellRestart(
  restart: (onExit: () => void) => Promise<unknown>,
  manager: ServiceManager,
  generation: number,
): Promise<void> {
  const change = manager.changing("starting again");
  const over = () => change.over(`generation ${generation} serves; what was started has ended`);
  try {
    await restart(over);
  } catch (error) {
    over();
    throw error;
  }
}
