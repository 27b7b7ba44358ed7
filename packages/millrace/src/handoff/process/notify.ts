import { spawn } from "node:child_process";

/**
 * Tells the service manager that this process serves, and is the main one of its unit.
 *
 * Its socket takes datagrams, which Node cannot send to a path, so the program `systemd-notify` does. Settles when that
 * has ended; false when it is not there, or the manager did not take it.
 */
export function notifyReady(status: string): Promise<boolean> {
  return notify(["--ready", `--pid=${process.pid}`, `--status=${status}`]);
}

/** Tells the service manager that this process is about to end, and no other serves. */
export function notifyStopping(): Promise<boolean> {
  return notify([`--pid=${process.pid}`, "STOPPING=1"]);
}

function notify(args: readonly string[]): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn("systemd-notify", args, { stdio: "ignore" });
    child.once("error", () => resolve(false));
    child.once("exit", (code) => resolve(code === 0));
  });
}
