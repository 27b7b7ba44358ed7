/**
 * Runs as a process of its own, on a core of its own:
 *
 *   node caller.mjs '{"contender":"got","url":"http://127.0.0.1:8080/small","callers":8,"warm":10000,"requests":20000}'
 *
 * Each caller calls again as soon as it is answered. Writes one line of JSON.
 */
import { contenders } from "./contenders/index.mjs";

/**
 * @typedef {object} CallerOptions
 * @property {string} contender
 * @property {string} url
 * @property {number} callers
 * @property {number} warm requests before the counting, so that the compiler has seen enough
 * @property {number} requests counted
 *
 * @typedef {object} CallerReport
 * @property {number} requests
 * @property {number} cpuMicros user and system time of this process for each request
 * @property {number} perSecond
 * @property {number} busy share of the window that this process was computing
 */

const options = /** @type {CallerOptions} */ (JSON.parse(process.argv[2]));
const contender = contenders.find(({ name }) => name === options.contender);
if (!contender) throw new Error(`no contender ${options.contender}`);
const client = await contender.open(options.url, options.callers);
const first = String(await client.call());
if (!first.includes("ok")) throw new Error(`not the expected answer: ${first}`);

await make(options.warm);
const startedAt = performance.now();
const before = process.cpuUsage();
await make(options.requests);
const { user, system } = process.cpuUsage(before);
const elapsedMs = performance.now() - startedAt;
await client.close();
const cpu = user + system;
/** @type {CallerReport} */
const report = {
  requests: options.requests,
  cpuMicros: cpu / options.requests,
  perSecond: (options.requests * 1_000) / elapsedMs,
  busy: cpu / 1_000 / elapsedMs,
};
console.log(JSON.stringify(report));
process.exit();

/** Makes so many requests, the callers sharing them. */
async function make(/** @type {number} */ count) {
  let left = count;
  const loop = async () => {
    while (left-- > 0) await client.call();
  };
  await Promise.all(Array.from({ length: options.callers }, loop));
}
