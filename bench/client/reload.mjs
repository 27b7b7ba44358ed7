import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openClientFactory, openServicesFile } from "millrace/client";
import { median } from "../proxy/figures.mjs";

const services = 1_000;
const callers = 4;

/**
 * What callers notice while a file of a thousand services, each with an open client, is read again: failed
 * calls, and the longest time in which nothing else could run.
 *
 * @param {string} url
 * @param {number} rounds
 */
export async function reloadPauses(url, rounds) {
  const folder = await mkdtemp(join(tmpdir(), "millrace-bench-"));
  const path = join(folder, "services.yaml");
  await writeFile(path, fileOf(url, 0));
  const file = await openServicesFile(path);
  const factory = openClientFactory(file, { userAgent: { primary: { name: "bench", version: "1.0.0" } } });
  const clients = [];
  for (let at = 0; at < services; at += 1) clients.push(await factory.openClient(`service-${at}`));

  const load = startLoad(clients.slice(0, callers));
  const [quiet, one, all] = [
    /** @type {number[]} */ ([]),
    /** @type {number[]} */ ([]),
    /** @type {number[]} */ ([]),
  ];
  for (let round = 0; round < rounds; round += 1) {
    quiet.push(await longestPause(() => new Promise((resolve) => setTimeout(resolve, 500))));
    one.push(await longestPause(() => change(fileOf(url, 2 * round, "1m"))));
    all.push(await longestPause(() => change(fileOf(url, 2 * round + 1))));
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

  const figures = { quietMs: median(quiet), oneMs: median(one), allMs: median(all), calls, failed };
  const row = (/** @type {string} */ what, /** @type {number} */ ms) => [what, ms.toFixed(1)];
  const table = {
    title: `Reading a file of ${services.toLocaleString("en-US")} services again, with a client of each`,
    columns: ["what happens", "longest pause, ms"],
    rows: [
      row("nothing but calls", figures.quietMs),
      row("the file changes for every service", figures.oneMs),
      row("and changes back, with other settings for every service", figures.allMs),
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
 * @param {number} nth
 * @param {string} [timeout]
 */
function fileOf(url, nth, timeout = "30s") {
  const entries = Array.from({ length: services }, (_, at) => {
    return `  service-${at}:\n    uris: [${url}/${at}]\n    read-timeout: ${timeout}\n    max-num-retries: ${nth % 5}\n`;
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
 * The longest time between two turns of the event loop while `work` goes on, in milliseconds.
 *
 * @param {() => Promise<unknown>} work
 */
async function longestPause(work) {
  let longest = 0;
  let last = performance.now();
  let looking = true;
  const look = () => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
    if (looking) setImmediate(look);
  };
  setImmediate(look);
  await work();
  looking = false;
  return longest;
}
