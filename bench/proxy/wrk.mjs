import { fileURLToPath } from "node:url";
import { launch } from "./launch.mjs";

const script = fileURLToPath(new URL("wrk-report.lua", import.meta.url));

/**
 * @typedef {object} WrkReport
 * @property {number} requests
 * @property {number} durationUs
 * @property {number} bytes of responses, heads included
 * @property {number} p50Us
 * @property {number} p99Us
 * @property {number} maxUs
 * @property {number} refused answers of 400 and above
 * @property {number} broken connections that failed, and requests that took over 2 s
 */

/**
 * Sends GETs over `connections` keep-alive connections, each as fast as it is answered.
 *
 * @param {{ port: number, path: string, connections: number, seconds: number, cpu: number | undefined }} load
 * @returns {Promise<WrkReport>}
 */
export async function wrk({ port, path, connections, seconds, cpu }) {
  const target = `http://127.0.0.1:${port}${path}`;
  const run = launch(["wrk", "-t1", `-c${connections}`, `-d${seconds}s`, "--latency", "-s", script, target], {
    cpu,
  });
  const report = /^REPORT (.*)$/m.exec(await run.finished)?.[1];
  if (report === undefined) throw new Error(`wrk gave no report\n${run.output()}`);
  return JSON.parse(report);
}
