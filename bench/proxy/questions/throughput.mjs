import { startFastOrigin } from "../origins/fast.mjs";
import { cpuMs } from "../process-tree.mjs";
import { wrk } from "../wrk.mjs";
import { missingHeaders } from "./fairness.mjs";
import { enterAll, stopAll } from "./question.mjs";

const firstWarmUpSeconds = 2;
const warmUpSeconds = 1;

/** The pseudo contestant that tells how far the load generator and the origin alone can go. */
export const direct = "no proxy";

/**
 * @typedef {object} Sample One timed window.
 * @property {number} requestsPerSecond
 * @property {number} cpuUs CPU time of all processes of the proxy, per request
 * @property {number} workerCpuUs the same of the worker alone
 * @property {number} busy share of one core that the proxy used, 0 to 1
 * @property {number} p50Ms
 * @property {number} p99Ms
 * @property {number} responseBytes head and body
 * @property {number} errors
 */

/** @typedef {Map<string, Sample[]>} Samples one array a contestant, one sample a round */

/**
 * Loads each peer in turn, `rounds` times over, with GETs of `path`.
 *
 * All peers stay up from the first round to the last, so that code which was
 * compiled stays compiled; those whose turn it is not are idle.
 *
 * @param {import("./question.mjs").Setting} setting
 * @param {{ path: string, connections: number }} load
 * @returns {Promise<{ samples: Samples, notes: string[] }>}
 */
export async function measureThroughput(setting, { path, connections }) {
  const { cores, rounds, seconds, progress } = setting;
  const origin = await startFastOrigin(cores.origin);
  const contestants = await enterAll(setting, { origins: [origin] });
  try {
    const notes = await Promise.all(contestants.map(missingHeaders));
    const lanes = [{ name: direct, port: origin.port, pids: [], workerPid: undefined }, ...contestants];
    const samples = /** @type {Samples} */ (new Map(lanes.map(({ name }) => [name, []])));
    for (let round = 0; round < rounds; round++) {
      for (const lane of lanes) {
        const aim = { port: lane.port, path, connections, cpu: cores.load };
        await wrk({ ...aim, seconds: round === 0 ? firstWarmUpSeconds : warmUpSeconds });
        const sample = await timedWindow(lane, { ...aim, seconds });
        samples.get(lane.name)?.push(sample);
        progress(
          `round ${round + 1} of ${rounds}: ${lane.name}, ${Math.round(sample.requestsPerSecond)} requests/s`,
        );
      }
    }
    return { samples, notes: notes.filter((note) => note !== undefined) };
  } finally {
    await stopAll([...contestants, origin]);
  }
}

/**
 * @param {{ pids: number[], workerPid: number | undefined }} lane
 * @param {Parameters<typeof wrk>[0]} load
 * @returns {Promise<Sample>}
 */
async function timedWindow({ pids, workerPid }, load) {
  const worker = workerPid === undefined ? [] : [workerPid];
  const [before, workerBefore] = [cpuMs(pids), cpuMs(worker)];
  const report = await wrk(load);
  const [used, workerUsed] = [cpuMs(pids) - before, cpuMs(worker) - workerBefore];
  return {
    requestsPerSecond: (report.requests * 1e6) / report.durationUs,
    cpuUs: (used * 1_000) / report.requests,
    workerCpuUs: (workerUsed * 1_000) / report.requests,
    busy: (used * 1_000) / report.durationUs,
    p50Ms: report.p50Us / 1_000,
    p99Ms: report.p99Us / 1_000,
    responseBytes: report.bytes / report.requests,
    errors: report.refused + report.broken,
  };
}
