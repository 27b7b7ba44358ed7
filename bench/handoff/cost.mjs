import { join } from "node:path";
import { median, ratioByRound } from "../proxy/figures.mjs";
import { freePorts } from "../proxy/ports.mjs";
import { cpuMs } from "../proxy/process-tree.mjs";
import { scratchDirectory } from "../proxy/scratch.mjs";
import { number, times } from "../proxy/table.mjs";
import { wrk } from "../proxy/wrk.mjs";
import { startServer } from "./start.mjs";

/** @typedef {{ perSecond: number, cpuMicros: number, broken: number }} Window */

/** @typedef {{ port: number, folder: string, cpu: number | undefined }} Place */
/** @typedef {import("../proxy/launch.mjs").Launched} Launched */

/**
 * Each starts what answers at a port, and gives the processes that have a part in it.
 *
 * @type {Record<string, (place: Place) => Promise<Launched[]>>}
 */
const contenders = {
  "plain `node:http`": ({ port, cpu }) => generations(1, { plain: true, port }, cpu),
  "`serve`, first start": ({ port, cpu, folder }) => generations(1, { port, folder }, cpu),
  "`serve`, taken over: `pass`": ({ port, cpu, folder }) =>
    generations(2, { port, folder, probationMs: 0, ways: ["pass"] }, cpu),
  "`serve`, taken over: `forward`": ({ port, cpu, folder }) =>
    generations(2, { port, folder, probationMs: 0, ways: ["forward"] }, cpu),
};

/**
 * What a small request on kept connections costs a server that was handed its listening socket, beside one that listens
 * itself. Rounds are interleaved, each with processes of its own.
 *
 * @param {{ rounds: number, seconds: number, cores: import("../proxy/environment.mjs").Cores }} setting
 */
export async function cost({ rounds, seconds, cores }) {
  const names = Object.keys(contenders);
  /** @type {Map<string, Window[]>} */
  const windows = new Map(names.map((name) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const name of names) {
      const [port] = await freePorts(1);
      const folder = join(await scratchDirectory(), "run");
      const servers = await contenders[name]({ port, folder, cpu: cores.proxy });
      windows.get(name)?.push(await load(port, servers, { seconds, cpu: cores.load }));
      for (const server of servers) await server.stop();
    }
  }
  const of = (/** @type {string} */ name, /** @type {keyof Window} */ figure) =>
    (windows.get(name) ?? []).map((window) => window[figure]);
  const row = (/** @type {string} */ name) => [
    name,
    number(median(of(name, "perSecond"))),
    times(ratioByRound(of(name, "perSecond"), of(names[0], "perSecond"))),
    number(median(of(name, "cpuMicros")), 1),
    times(ratioByRound(of(name, "cpuMicros"), of(names[0], "cpuMicros"))),
    number(of(name, "broken").reduce((sum, broken) => sum + broken)),
  ];
  const table = {
    title: "A small request on kept connections, by a server that was handed its socket",
    columns: ["server", "requests/s", "of plain", "CPU µs/request", "of plain", "broken"],
    rows: names.map(row),
    notes: [
      `medians of ${rounds} rounds of ${seconds} s, processes of their own in each; ratios are taken within a round`,
      "CPU is that of all processes that carry the request: with `forward`, the front's too",
    ],
  };
  return { table, figures: Object.fromEntries(windows) };
}

/**
 * Starts as many generations, and leaves those out that have gone.
 *
 * @param {number} count
 * @param {{ ways?: string[] } & Record<string, unknown>} options
 * @param {number | undefined} cpu
 */
async function generations(count, options, cpu) {
  const servers = [];
  for (let index = 0; index < count; index += 1) servers.push(await startServer(options, cpu));
  const forwarded = options.ways?.includes("forward");
  // One that has passed its socket has nothing left, and leaves.
  for (const server of forwarded ? [] : servers.slice(0, -1)) await server.finished;
  return servers.filter(({ running }) => running());
}

/**
 * @param {number} port
 * @param {readonly Launched[]} servers
 * @param {{ seconds: number, cpu: number | undefined }} visit
 * @returns {Promise<Window>}
 */
async function load(port, servers, { seconds, cpu }) {
  const pids = servers.map(({ pid }) => pid);
  const visit = (/** @type {number} */ long) => wrk({ port, path: "/", connections: 16, seconds: long, cpu });
  await visit(1);
  const before = cpuMs(pids);
  const { requests, durationUs, refused, broken } = await visit(seconds);
  return {
    perSecond: (requests * 1e6) / durationUs,
    cpuMicros: ((cpuMs(pids) - before) * 1e3) / requests,
    broken: refused + broken,
  };
}
