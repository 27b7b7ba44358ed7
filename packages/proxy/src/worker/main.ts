import { writeSync } from "node:fs";
import type { ManagerMessage, WorkerMessage } from "../ipc/messages.js";
import { Worker } from "./worker.js";

/**
 * The process of a worker: joins it to the manager's channel.
 *
 * When the manager dies the worker goes on with what it knows, until it is told to stop by a signal, or another manager
 * serves. One that lets nobody in, or whose manager had a predecessor to fall back to, finishes what it has and leaves.
 */
const worker = new Worker({ send, writeLog: (lines) => void process.stdout.write(lines) });
let leaving = false;

process.on("message", (message, handle) => {
  worker.handle(message as ManagerMessage, handle).then(
    () => {
      if ((message as ManagerMessage).type === "drain") leave();
    },
    (error: unknown) => failed(message as ManagerMessage, error),
  );
});
// Nobody reads the access log any more: that must not end the traffic.
process.stdout.on("error", () => {});
process.on("disconnect", () => {
  if (leaving) return;
  if (!worker.outlives) return end(worker.leave());
  writeSync(2, `worker ${process.pid}: the manager is gone; serving on with what is known\n`);
  void succeed();
});
// Ctrl+C reaches the whole group: while there is a manager, it decides.
process.on("SIGINT", () => {
  if (!process.connected) stop();
});
process.on("SIGTERM", stop);
for (const signal of ["SIGHUP", "SIGUSR2"] as const) process.on(signal, () => {});
send({ type: "loaded" });

function send(message: WorkerMessage): void {
  if (process.connected) process.send!(message, undefined, undefined, () => {});
}

/** A worker that cannot start must say so and go; one that carries traffic goes on with what it has. */
function failed({ type }: ManagerMessage, error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  if (type === "change" || type === "certify" || type === "report") {
    send({ type: "log", level: "error", message: `a ${type} failed: ${message}`, fields: {} });
    return;
  }
  send({ type: "fatal", message });
  process.exitCode = 1;
  leave();
}

/** Leaves when another manager serves, if one ever does. Code for that is loaded when it is needed. */
async function succeed(): Promise<void> {
  const { regency } = worker;
  if (!regency) return;
  const { waitForManager } = await import("./regency.js");
  await waitForManager(regency);
  if (!leaving) end(worker.leave());
}

function stop(): void {
  if (leaving) process.exit(1);
  end(worker.drain());
}

function end(finishing: Promise<void>): void {
  leaving = true;
  void finishing.then(leave, leave);
}

function leave(): void {
  leaving = true;
  if (process.connected) process.disconnect();
  // Whatever might still be open must not keep a finished worker.
  setImmediate(() => process.exit());
}
