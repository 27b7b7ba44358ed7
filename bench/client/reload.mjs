import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { openClientFactory, openServicesFile } from "millrace/client";
import { median } from "../proxy/figures.mjs";
import { number } from "../proxy/table.mjs";
import { longestPause } from "./pauses.mjs";

/** @typedef {import("./pauses.mjs").Stretch} Stretch */

const services = 1_000;
const callers = 4;

/**
 * What callers notice while a file of a thousand services, each with an open client, is read again: failed
 * calls, and the longest time in which nothing else could run, beside that of as long a time without. The file
 * changes for every service, or for one that is called. And how long the reload holds the process by itself: the
 * same while nobody calls.
 *
 * @param {string} url
 * @param {number} rounds
 */
export async function reloadPauses(url, rounds) {
  const opened = await openServices(url);
  const alone = /** @type {Stretch[]} */ ([]);
  const during = /** @type {Stretch[]} */ ([]);
  const one = /** @type {Stretch[]} */ ([]);
  const without = /** @type {Stretch[]} */ ([]);
  const calls = { made: 0, failed: 0 };
  for (let round = 0; round < rounds; round += 1) {
    alone.push(await longestPause(() => opened.change(2 * round)));
    const load = startLoad(opened.clients.slice(0, callers), calls);
    const reload = await longestPause(() => opened.change(2 * round + 1));
    during.push(reload);
    one.push(await longestPause(() => opened.change(2 * round, 1)));
    without.push(await longestPause(() => sleep(reload.tookMs)));
    await load.stop();
  }
  await opened.close();
  return {
    figures: { alone, during, one, without, calls },
    table: reloadTable({ alone, during, one, without, calls }),
  };
}

/**
 * @param {Record<"alone" | "during" | "one" | "without", Stretch[]> & { calls: { made: number, failed: number } }} found
 */
function reloadTable({ alone, during, one, without, calls }) {
  const rounds = during.length;
  return {
    title: `Reading a file of ${number(services)} services again, with an open client of each`,
    columns: ["what happens", "takes, ms", "longest pause, ms", "of it garbage, ms"],
    rows: [
      row("calls alone", without),
      row("calls, and the file changes for every service", during),
      row("calls, and the file changes for one of those called", one),
      row("the file changes for every service, nobody calls", alone),
    ],
    notes: [
      `${callers} callers without a pause, each of a service of its own: ${number(calls.made)} calls, ${calls.failed} failed. Medians over ${rounds} rounds.`,
      "All other services are at rest: what has changed of them is checked, and made with their next call.",
      "A pause is the time between two turns of the event loop; garbage is what of it the collector took. While nobody calls it is what the reload does in one go.",
    ],
  };
}

/**
 * @param {string} name
 * @param {readonly Stretch[]} stretches
 */
function row(name, stretches) {
  const of = (/** @type {keyof Stretch} */ key) => median(stretches.map((each) => each[key]));
  return [name, number(of("tookMs")), number(of("pauseMs"), 1), number(of("garbageMs"), 1)];
}

/**
 * A file of services, with a client of each.
 *
 * @param {string} url
 */
async function openServices(url) {
  const folder = await mkdtemp(join(tmpdir(), "millrace-bench-"));
  const path = join(folder, "services.yaml");
  const written = Array.from({ length: services }, () => -1);
  await writeFile(path, fileOf(url, written));
  const file = await openServicesFile(path);
  const factory = openClientFactory(file, { userAgent: { primary: { name: "bench", version: "1.0.0" } } });
  const clients = [];
  for (let at = 0; at < services; at += 1) clients.push(await factory.openClient(`service-${at}`));
  return {
    clients,
    /**
     * Settles when all clients go by the new file, in which so many services are others than before.
     *
     * @param {number} nth
     * @param {number} changed
     */
    async change(nth, changed = services) {
      written.fill(nth, 0, changed);
      await writeFile(`${path}.new`, fileOf(url, written));
      await rename(`${path}.new`, path);
      await file.refresh();
      await factory.applied();
    },
    async close() {
      await factory.close();
      await file.close();
      await rm(folder, { recursive: true });
    },
  };
}

/**
 * @param {string} url
 * @param {readonly number[]} settings a number for each service; with another one it has other settings
 */
function fileOf(url, settings) {
  const entries = settings.map((nth, at) => {
    const timeout = nth % 2 === 0 ? "1m" : "30s";
    return `  service-${at}:\n    uris: [${url}/${at}]\n    read-timeout: ${timeout}\n    max-num-retries: ${(nth + 5) % 5}\n`;
  });
  return `services:\n${entries.join("")}`;
}

/**
 * @param {readonly import("millrace/client").ServiceClient[]} clients
 * @param {{ made: number, failed: number }} calls counted here
 */
function startLoad(clients, calls) {
  let running = true;
  const loops = clients.map(async (client) => {
    while (running) {
      await client.get("/widgets").catch(() => (calls.failed += 1));
      calls.made += 1;
    }
  });
  return {
    async stop() {
      running = false;
      await Promise.all(loops);
    },
  };
}
