import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { launch } from "../proxy/launch.mjs";

const program = fileURLToPath(new URL("server.mjs", import.meta.url));

/**
 * Starts the server and waits until it serves. `tookMs` is from the start of the process until then.
 *
 * @param {object} options
 * @param {number | undefined} cpu
 */
export async function startServer(options, cpu) {
  const startedAt = performance.now();
  const server = launch([process.execPath, program, JSON.stringify(options)], { cpu });
  while (!server.output().includes("ready")) {
    if (!server.running()) throw new Error(`the server ended\n${server.output()}`);
    await sleep(1);
  }
  return { ...server, tookMs: performance.now() - startedAt };
}
