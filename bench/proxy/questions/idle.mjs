import { setTimeout as sleep } from "node:timers/promises";
import { exercise, openIdleConnections } from "../callers/idle-connections.mjs";
import { median } from "../figures.mjs";
import { paths, startFastOrigin } from "../origins/fast.mjs";
import { residentBytes } from "../process-tree.mjs";
import { number, times } from "../table.mjs";
import { enterAll, stopAll } from "./question.mjs";

const connections = 2_000;
const atOnce = 32;
const runs = 2;
const settleMs = 2_000;
const collections = 2;

/**
 * @typedef {object} Growth
 * @property {number} beforeBytes resident memory of the worker, warm, with no connection open
 * @property {number} afterBytes the same with all connections open
 * @property {number} open connections that the proxy had not closed by then
 */

/**
 * What does a connection cost while nothing happens on it?
 *
 * @type {import("./question.mjs").Question}
 */
export async function idle(setting) {
  /** @type {Map<string, Growth[]>} */
  const growths = new Map();
  for (let run = 0; run < runs; run++) {
    for (const [name, growth] of await oneRun(setting)) {
      growths.set(name, [...(growths.get(name) ?? []), growth]);
      setting.progress(
        `run ${run + 1} of ${runs}: ${name}, ${number(perConnection(growth))} bytes a connection`,
      );
    }
  }
  return { tables: [idleTable(growths)], figures: Object.fromEntries(growths) };
}

/**
 * Fresh processes each run. The proxies settle at the same time: their memory
 * does not depend on each other, as their speed would.
 *
 * @returns {Promise<[string, Growth][]>}
 */
async function oneRun(/** @type {import("./question.mjs").Setting} */ setting) {
  const origin = await startFastOrigin(setting.cores.origin);
  const contestants = await enterAll(setting, { origins: [origin], collectable: true });
  /** @type {{ open(): number, close(): void }[]} */
  const held = [];
  try {
    for (const { port } of contestants) await exercise(port, paths.small);
    const before = await settledBytes(contestants);
    for (const { port } of contestants) {
      held.push(await openIdleConnections({ port, path: paths.small, count: connections, atOnce }));
    }
    const after = await settledBytes(contestants);
    return contestants.map(({ name }, i) => [
      name,
      { beforeBytes: before[i], afterBytes: after[i], open: held[i].open() },
    ]);
  } finally {
    for (const each of held) each.close();
    await stopAll([...contestants, origin]);
  }
}

/** Resident memory of each worker, after it had time to settle and Node has collected its garbage. */
async function settledBytes(/** @type {readonly import("./question.mjs").Contestant[]} */ contestants) {
  for (let collection = 0; collection < collections; collection++) {
    await sleep(settleMs);
    for (const { node, workerPid } of contestants) if (node) process.kill(workerPid, "SIGPWR");
  }
  await sleep(settleMs);
  return contestants.map(({ workerPid }) => residentBytes(workerPid));
}

function perConnection(/** @type {Growth} */ { beforeBytes, afterBytes }) {
  return (afterBytes - beforeBytes) / connections;
}

/** @returns {import("../table.mjs").Table} */
function idleTable(/** @type {Map<string, Growth[]>} */ growths) {
  const plain = growths.get("node:http");
  const baseline = plain === undefined ? NaN : median(plain.map(perConnection));
  return {
    title:
      `Idle connections: ${number(connections)} keep-alive connections that made one request each; ` +
      `resident memory of the worker after a garbage collection, ${runs} runs`,
    columns: [
      "proxy",
      "MiB before",
      "MiB after",
      ...Array.from({ length: runs }, (_, i) => `KiB each, run ${i + 1}`),
      "of node:http",
      "still open",
    ],
    rows: [...growths].map(([name, own]) => [
      name,
      number(median(own.map((growth) => growth.beforeBytes)) / 1_048_576, 1),
      number(median(own.map((growth) => growth.afterBytes)) / 1_048_576, 1),
      ...own.map((growth) => number(perConnection(growth) / 1_024, 2)),
      times(median(own.map(perConnection)) / baseline),
      number(Math.min(...own.map((growth) => growth.open))),
    ]),
    notes: ["Buffers of the kernel are not part of resident memory."],
  };
}
