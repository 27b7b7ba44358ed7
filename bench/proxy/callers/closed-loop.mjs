/**
 * Runs as a process of its own, on a core of its own:
 *
 *   node closed-loop.mjs '{"port":8080,"callers":32,"seconds":10,"leadSeconds":3,"turnPid":123}'
 *
 * Each caller calls again as soon as it is answered. Nothing is recorded
 * during the lead; at its end SIGUSR2 goes to `turnPid`. Writes one line of
 * JSON. Calls that are under way at the end are waited for and recorded: the
 * slowest are among them.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { percentile } from "../figures.mjs";
import { Caller } from "./caller.mjs";

/**
 * @typedef {object} LoopOptions
 * @property {number} port
 * @property {number} callers
 * @property {number} seconds recorded
 * @property {number} leadSeconds before the recording
 * @property {number | undefined} turnPid told when the recording starts
 */

/**
 * @typedef {object} LoopReport
 * @property {number} requests
 * @property {number} errors answers other than 200, broken connections among them
 * @property {Record<string, number>} statuses 0 for a connection that broke
 * @property {number} p50Ms
 * @property {number} p99Ms
 * @property {number} p999Ms
 * @property {number} worstMs
 */

const options = /** @type {LoopOptions} */ (JSON.parse(process.argv[2]));
const latencies = /** @type {number[]} */ ([]);
const statuses = /** @type {Record<string, number>} */ ({});
let recording = false;
let over = false;

const loops = Array.from({ length: options.callers }, loop);
await sleep(options.leadSeconds * 1_000);
if (options.turnPid !== undefined) process.kill(options.turnPid, "SIGUSR2");
recording = true;
await sleep(options.seconds * 1_000);
over = true;
await Promise.all(loops);
console.log(JSON.stringify(report()));

async function loop() {
  const caller = new Caller(options.port);
  while (!over) {
    const counted = recording;
    const start = performance.now();
    const status = await caller.call();
    if (counted) {
      latencies.push(performance.now() - start);
      statuses[status] = (statuses[status] ?? 0) + 1;
    }
    // A proxy that refuses connections would make this a busy loop.
    if (status === 0) await sleep(1);
  }
  caller.close();
}

/** @returns {LoopReport} */
function report() {
  const ascending = Float64Array.from(latencies).sort();
  return {
    requests: latencies.length,
    errors: latencies.length - (statuses[200] ?? 0),
    statuses,
    p50Ms: percentile(ascending, 50),
    p99Ms: percentile(ascending, 99),
    p999Ms: percentile(ascending, 99.9),
    worstMs: percentile(ascending, 100),
  };
}
