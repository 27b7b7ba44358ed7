import { PerformanceObserver } from "node:perf_hooks";
import { setImmediate as nextTurn } from "node:timers/promises";

/**
 * @typedef {object} Stretch
 * @property {number} pauseMs the longest time between two turns of the event loop
 * @property {number} garbageMs how much of it went into collecting garbage
 * @property {number} tookMs how long the stretch was
 *
 * @typedef {{ readonly startTime: number, readonly duration: number }} Span
 */

/**
 * Looks at the event loop while `work` goes on.
 *
 * @param {() => Promise<unknown>} work
 * @returns {Promise<Stretch>}
 */
export async function longestPause(work) {
  const collections = /** @type {Span[]} */ ([]);
  const observer = new PerformanceObserver((list) => void collections.push(...list.getEntries()));
  observer.observe({ entryTypes: ["gc"] });
  const start = performance.now();
  let pause = { startTime: start, duration: 0 };
  let last = start;
  let looking = true;
  const look = () => {
    const now = performance.now();
    if (now - last > pause.duration) pause = { startTime: last, duration: now - last };
    last = now;
    if (looking) setImmediate(look);
  };
  setImmediate(look);
  await work();
  looking = false;
  const tookMs = performance.now() - start;
  // Observers hear a turn later.
  for (let turn = 0; turn < 3; turn += 1) await nextTurn();
  observer.disconnect();
  return { pauseMs: pause.duration, garbageMs: within(pause, collections), tookMs };
}

/**
 * @param {Span} pause
 * @param {readonly Span[]} collections
 */
function within({ startTime, duration }, collections) {
  const during = collections.filter((each) => {
    return each.startTime >= startTime && each.startTime < startTime + duration;
  });
  return during.reduce((sum, each) => sum + each.duration, 0);
}
