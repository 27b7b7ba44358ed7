import { fileURLToPath } from "node:url";
import { launch } from "../launch.mjs";
import { startCompany } from "../origins/company.mjs";
import { haproxy, haproxyChecksOnly } from "../peers/haproxy.mjs";
import { number } from "../table.mjs";
import { enter, stopAll } from "./question.mjs";

const script = fileURLToPath(new URL("../callers/closed-loop.mjs", import.meta.url));

const callers = 32;
const seconds = 10;
/** Long enough for every proxy to have checked each origin and found it well. */
const leadSeconds = 4;
const rescue = { attemptTimeoutMs: 1_000, retries: 2, checkEveryMs: 2_000 };

/** @typedef {import("../callers/closed-loop.mjs").LoopReport} LoopReport */

const scenes = [
  { name: "bad from the start", turning: false },
  { name: "turning bad under load", turning: true },
];

/**
 * What do callers notice when two origins of three fail?
 *
 * @type {import("./question.mjs").Question}
 */
export async function badCompany(setting) {
  const rescuers = setting.peers
    .filter((peer) => peer.rescues)
    .flatMap((peer) => (peer === haproxy ? [haproxy, haproxyChecksOnly] : [peer]));
  const tables = [];
  /** @type {Record<string, Record<string, LoopReport>>} */
  const figures = {};
  for (const { name, turning } of scenes) {
    /** @type {Record<string, LoopReport>} */
    const reports = {};
    for (const peer of rescuers) {
      const report = await keepCompany(peer, setting, turning);
      if (report === undefined) continue;
      reports[peer.name] = report;
      setting.progress(`${name}: ${peer.name}, ${report.errors} errors of ${report.requests}`);
    }
    figures[name] = reports;
    tables.push(companyTable(name, reports));
  }
  return { tables, figures };
}

/**
 * @param {import("../peers/peer.mjs").Peer} peer
 * @param {import("./question.mjs").Setting} setting
 * @param {boolean} turning
 * @returns {Promise<LoopReport | undefined>}
 */
async function keepCompany(peer, setting, turning) {
  const { cores } = setting;
  const company = await startCompany({ turning, cpu: cores.origin });
  const contestant = await enter(peer, setting, { origins: company.origins, rescue });
  try {
    if (contestant === undefined) return undefined;
    const turn = turning ? { leadSeconds, turnPid: company.pid } : { leadSeconds: 0 };
    const options = { port: contestant.port, callers, seconds, ...turn };
    const loop = launch([process.execPath, script, JSON.stringify(options)], { cpu: cores.load });
    const report = await loop.finished;
    if (report === "") throw new Error(`the callers failed\n${loop.output()}`);
    return JSON.parse(report);
  } finally {
    await stopAll([company, ...(contestant === undefined ? [] : [contestant])]);
  }
}

/**
 * @param {string} scene
 * @param {Record<string, LoopReport>} reports
 * @returns {import("../table.mjs").Table}
 */
function companyTable(scene, reports) {
  return {
    title:
      `Bad company, ${scene}: three origins, one answers in 2 ms, one never, one 503 at once; ` +
      `${callers} callers, ${seconds} s, an attempt may take 1 s, 2 retries`,
    columns: ["proxy", "requests", "errors", "p50 ms", "p99 ms", "p99.9 ms", "worst ms", "errors by status"],
    rows: Object.entries(reports).map(([name, report]) => [
      name,
      number(report.requests),
      number(report.errors),
      number(report.p50Ms, 1),
      number(report.p99Ms, 1),
      number(report.p999Ms, 1),
      number(report.worstMs, 1),
      errorsByStatus(report),
    ]),
    notes: [],
  };
}

function errorsByStatus(/** @type {LoopReport} */ { statuses }) {
  const errors = Object.entries(statuses).filter(([status]) => status !== "200");
  return (
    errors.map(([status, count]) => `${status === "0" ? "broken" : status}: ${count}`).join(", ") || "none"
  );
}
