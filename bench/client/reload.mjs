import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { openClientFactory, openServicesFile } from "millrace/client";
import { median } from "../proxy/figures.mjs";

const services = 1_000;
const callers = 4;

/**
 * What callers notice while a file of a thousand services, each with an open client, is read again: failed
 * calls, and the longest time in which nothing else could run, beside that of as long a time without.
 *
 * @param {string} url
 * @param {number} rounds
 */
export async function reloadPauses(url, rounds) {
  const folder = await mkdtemp(join(tmpdir(), "millrace-bench-"));
  const path = join(folder, "services.yaml");
  await writeFile(path, fileOf(url, -1));
  const file = await openServicesFile(path);
  const factory = openClientFactory(file, { userAgent: { primary: { name: "bench", version: "1.0.0" } } });
  const clients = [];
  for (let at = 0; at < services; at += 1) clients.push(await factory.openClient(`service-${at}`));

  const load = startLoad(clients.slice(0, callers));
  const reloads = /** @type {Stretch[]} */ ([]);
  const without = /** @type {Stretch[]} */ ([]);
  for (let round = 0; round < rounds; round += 1) {
    const reload = await longestPause(() => change(fileOf(url, round)));
    reloads.push(reload);
    without.push(await longestPause(() => sleep(reload.tookMs)));
  }
  const { calls, failed } = await load.stop();
  await factory.close();
  await file.close();
  await rm(folder, { recursive: true });

  /** @param {string} text */
  async function change(text) {
    await writeFile(`${path}.new`, text);
    await rename(`${path}.new`, path);
    await file.refresh();
    await factory.applied();
  }

  const pause = median(reloads.map(({ pauseMs }) => pauseMs));
  const usual = median(without.map(({ pauseMs }) => pauseMs));
  const took = median(reloads.map(({ tookMs }) => tookMs));
  const figures = { pauseMs: pause, usualMs: usual, tookMs: took, calls, failed };
  const table = {
    title: `Reading a file of ${services.toLocaleString("en-US")} services again, with an open client of each`,
    columns: ["what happens", "takes, ms", "longest pause, ms", "beside no reload"],
    rows: [
      ["calls alone, for as long", took.toFixed(0), usual.toFixed(1), "1.0 ×"],
      [
        "the file changes for every service",
        took.toFixed(0),
        pause.toFixed(1),
        `${(pause / usual).toFixed(1)} ×`,
      ],
    ],
    notes: [
      `${callers} callers without a pause: ${calls.toLocaleString("en-US")} calls, ${failed} failed. Medians over ${rounds} rounds.`,
      "A pause is the time between two turns of the event loop, garbage collection included.",
    ],
  };
  return { figures, table };
}

/**
 * @param {string} url
 * @param {number} nth each time every service has other settings
 */
function fileOf(url, nth) {
  const timeout = nth % 2 === 0 ? "1m" : "30s";
  const entries = Array.from({ length: services }, (_, at) => {
    return `  service-${at}:\n    uris: [${url}/${at}]\n    read-timeout: ${timeout}\n    max-num-retries: ${(nth + 5) % 5}\n`;
  });
  return `services:\n${entries.join("")}`;
}

/** @param {readonly import("millrace/client").ServiceClient[]} clients */
function startLoad(clients) {
  let running = true;
  let calls = 0;
  let failed = 0;
  const loops = clients.map(async (client) => {
    while (running) {
      await client.get("/widgets").catch(() => (failed += 1));
      calls += 1;
    }
  });
  return {
    async stop() {
      running = false;
      await Promise.all(loops);
      return { calls, failed };
    },
  };
}

/**
 * @typedef {object} Stretch
 * @property {number} pauseMs the longest time between two turns of the event loop
 * @property {number} tookMs how long the stretch was
 */

/**
 * Looks at the event loop while `work` goes on.
 *
 * @param {() => Promise<unknown>} work
 * @returns {Promise<Stretch>}
 */
async function longestPause(work) {
  const start = performance.now();
  let pauseMs = 0;
  let last = start;
  let looking = true;
  const look = () => {
    const now = performance.now();
    pauseMs = Math.max(pauseMs, now - last);
    last = now;
    if (looking) setImmediate(look);
  };
  setImmediate(look);
  await work();
  looking = false;
  return { pauseMs, tookMs: performance.now() - start };
}
