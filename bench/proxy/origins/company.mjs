import { fileURLToPath } from "node:url";
import { launch } from "../launch.mjs";
import { freePorts, untilListening } from "../ports.mjs";

const script = fileURLToPath(new URL("company-server.mjs", import.meta.url));

/**
 * Starts one good origin and two that are bad, or turn bad at SIGUSR2: one
 * accepts and never answers, one answers 503 at once.
 *
 * @param {{ turning: boolean, cpu: number | undefined }} options
 * @returns {Promise<{ pid: number, origins: { port: number }[], stop(): Promise<void> }>}
 */
export async function startCompany({ turning, cpu }) {
  const ports = await freePorts(3);
  const launched = launch([process.execPath, script, turning ? "turning" : "bad", ...ports.map(String)], {
    cpu,
  });
  for (const port of ports) await untilListening(port, launched);
  return { pid: launched.pid, origins: ports.map((port) => ({ port })), stop: () => launched.stop() };
}
