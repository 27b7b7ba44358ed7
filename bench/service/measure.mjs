import { median } from "../proxy/figures.mjs";

/**
 * @typedef {object} Contender
 * @property {string} name
 * @property {() => unknown} run makes one call; what it gives is waited for when it is a promise
 */

/**
 * What one run of each contender takes of the CPU, in nanoseconds: the median over the rounds. Rounds are
 * interleaved (A B C A B C), so that a machine that slows down slows all of them. CPU time rather than time
 * on the clock, because that is what a service pays for, and others may be at work on the machine.
 *
 * @param {readonly Contender[]} contenders
 * @param {{ rounds: number, calls: number, atOnce?: number }} effort `atOnce` calls are under way at a time, 1 if left out
 * @returns {Promise<Map<string, number>>}
 */
export async function nanosecondsEach(contenders, { rounds, calls, atOnce = 1 }) {
  /** @type {Map<string, number[]>} */
  const times = new Map(contenders.map(({ name }) => [name, []]));
  for (const { run } of contenders) await timed(run, calls, atOnce);
  for (let round = 0; round < rounds; round += 1) {
    for (const { name, run } of contenders) times.get(name)?.push(await timed(run, calls, atOnce));
  }
  return new Map(Array.from(times, ([name, values]) => [name, median(values)]));
}

/**
 * @param {() => unknown} run
 * @param {number} calls
 * @param {number} atOnce
 */
async function timed(run, calls, atOnce) {
  const waits = run() instanceof Promise;
  const start = process.cpuUsage();
  if (!waits) for (let call = 0; call < calls; call += 1) run();
  else if (atOnce === 1) for (let call = 0; call < calls; call += 1) await run();
  else
    for (let call = 0; call < calls; call += atOnce) await Promise.all(Array.from({ length: atOnce }, run));
  const { user, system } = process.cpuUsage(start);
  return ((user + system) * 1e3) / calls;
}
