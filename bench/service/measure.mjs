import { fork } from "node:child_process";
import { once } from "node:events";
import { median } from "../proxy/figures.mjs";

/**
 * @typedef {object} Contender
 * @property {string} name
 * @property {() => unknown} run makes one call; what it gives is waited for when it is a promise
 */

/**
 * @typedef {object} Effort
 * @property {number} rounds
 * @property {number} spanMs how long each of the spans takes of which the best one counts
 */

/**
 * What one run of each contender takes of the CPU, in nanoseconds: the median over the rounds. Rounds are
 * interleaved (A B C A B C), so that a machine that slows down slows all of them. CPU time rather than time
 * on the clock, because that is what a service pays for, and others may be at work on the machine.
 *
 * @param {readonly Contender[]} contenders
 * @param {Effort} effort
 * @returns {Promise<Map<string, number>>}
 */
export async function nanosecondsEach(contenders, { rounds, spanMs }) {
  /** @type {Map<string, number[]>} */
  const times = new Map(contenders.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const { name, run } of contenders) times.get(name)?.push(await nanosecondsOf(run, spanMs, 1));
  }
  return new Map(Array.from(times, ([name, values]) => [name, median(values)]));
}

/**
 * @typedef {object} Alone what to run: what `contender(kind, name)` of a module gives
 * @property {string} kind
 * @property {string} name
 */

/**
 * The same, each contender in a process of its own and a new one in each round: what ran before in the same
 * process shapes how code is compiled, and so does chance.
 *
 * @param {string} module a file beside this one
 * @param {readonly Alone[]} contenders
 * @param {Effort} effort
 * @returns {Promise<{ alone: number, crowded: number }[]>} one call at a time, and {@link atOnce} at once;
 * the second is NaN where calls give no promise
 */
export async function nanosecondsApart(module, contenders, { rounds, spanMs }) {
  /** @type {{ alone: number, crowded: number }[][]} */
  const times = contenders.map(() => []);
  for (let round = 0; round < rounds; round += 1) {
    for (const [index, { kind, name }] of contenders.entries()) {
      const child = fork(new URL("contender.mjs", import.meta.url), [module, kind, name, String(spanMs)]);
      const [figures] = await once(child, "message");
      await once(child, "exit");
      times[index].push(figures);
    }
  }
  return times.map((figures) => ({
    alone: median(figures.map(({ alone }) => alone)),
    crowded: median(figures.map(({ crowded }) => crowded)),
  }));
}

/** How many calls of a crowd are under way at a time. */
export const atOnce = 100;

/** CPU time before anything counts, in milliseconds: what the compiler does meanwhile, on threads of its own, is CPU too. */
const warmUpMs = 200;
const spans = 5;

/**
 * What one run takes of the CPU, in nanoseconds: the best of five spans of about `spanMs`, after a warm-up.
 *
 * @param {() => unknown} run
 * @param {number} spanMs
 * @param {number} crowd how many are under way at a time
 */
export async function nanosecondsOf(run, spanMs, crowd) {
  let calls = 1_000;
  let took = 0;
  for (let warm = 0; warm < warmUpMs; warm += took) {
    took = await cpuMs(run, calls, crowd);
    if (took < spanMs) calls *= 2;
  }
  let best = Infinity;
  for (let span = 0; span < spans; span += 1) best = Math.min(best, await cpuMs(run, calls, crowd));
  return (best * 1e6) / calls;
}

/**
 * @param {() => unknown} run
 * @param {number} calls
 * @param {number} crowd
 */
async function cpuMs(run, calls, crowd) {
  const waits = run() instanceof Promise;
  const start = process.cpuUsage();
  if (!waits) for (let call = 0; call < calls; call += 1) run();
  else if (crowd === 1) for (let call = 0; call < calls; call += 1) await run();
  else {
    const started = new Array(crowd);
    for (let call = 0; call < calls; call += crowd) {
      for (let one = 0; one < crowd; one += 1) started[one] = run();
      for (let one = 0; one < crowd; one += 1) await started[one];
    }
  }
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1e3;
}
