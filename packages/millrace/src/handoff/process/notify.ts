import { spawn } from "node:child_process";
import { handoffEvents } from "../events.js";
import type { Handoff } from "../handoff.js";

/** What a service manager has been told of a process. */
export interface Notices extends Disposable {
  /** Settles once it knows everything that it is to know by now. */
  readonly told: Promise<void>;
}

/**
 * Tells the service manager (`sd_notify`) who the main process of its unit is, and when the unit is about to stop.
 *
 * A process that takes over becomes the main one when it has proven itself, not before: the manager ends the unit, and
 * whoever stands by with it, when its main process ends. For the same reason the old process tells of the new one, and
 * must not end before the manager has heard it.
 *
 * The manager's socket takes datagrams, which Node cannot send to a path, so the program `systemd-notify` does.
 */
export function tellManager(handoff: Handoff): Notices {
  let told = Promise.resolve();
  const tell = (...args: readonly string[]) => {
    told = told.then(() => notify(args));
  };
  const { generation } = handoff;
  let before = handoff.phase.value;
  const following = handoff.phase.subscribe((phase) => {
    if (phase === "serving" && before === "starting" && !handoff.probation.value)
      tell("--ready", `--pid=${process.pid}`, `--status=generation ${generation} serves`);
    // Who stood by, or has given back, leaves others who serve.
    else if (phase === "draining" && before === "serving" && handoff.ending === "stopped")
      tell(`--pid=${process.pid}`, "STOPPING=1");
    before = phase;
  });
  const proving = handoffEvents.subscribe((event) => {
    if (
      event.type === "upgrade-proven" &&
      event.name === handoff.status.name &&
      event.generation === generation
    )
      tell("--ready", `--pid=${event.pid}`, `--status=release ${event.release} serves`);
  });
  return {
    get told() {
      return told;
    },
    [Symbol.dispose]() {
      following[Symbol.dispose]();
      proving[Symbol.dispose]();
    },
  };
}

/** Settles when the program has ended: not there, or not heard, it changes nothing. */
function notify(args: readonly string[]): Promise<void> {
  return new Promise((resolve) => {
    const child = spawn("systemd-notify", args, { stdio: "ignore" });
    child.once("error", () => resolve());
    child.once("exit", () => resolve());
  });
}
