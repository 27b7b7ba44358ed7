import { fileURLToPath } from "node:url";
import { median, ratioByRound } from "../../proxy/figures.mjs";
import { launch } from "../../proxy/launch.mjs";
import { paths, startFastOrigin } from "../../proxy/origins/fast.mjs";
import { number, percent, times } from "../../proxy/table.mjs";
import { contenders, references } from "../contenders/index.mjs";

const script = fileURLToPath(new URL("../caller.mjs", import.meta.url));
const callers = 8;

/**
 * What does one small GET cost its client?
 *
 * @param {{ rounds: number, requests: number, cores: import("../../proxy/environment.mjs").Cores }} setting
 */
export async function cost({ rounds, requests, cores }) {
  const origin = await startFastOrigin(cores.origin);
  /** @type {Map<string, import("../caller.mjs").CallerReport[]>} */
  const reports = new Map(contenders.map(({ name }) => [name, []]));
  try {
    for (let round = 0; round < rounds; round += 1) {
      for (const { name, slow } of contenders) {
        const url = `http://127.0.0.1:${origin.port}${paths.small}`;
        const count = slow ? Math.ceil(requests / 3) : requests;
        const warm = slow ? count : Math.ceil(count / 2);
        const options = { contender: name, url, callers, warm, requests: count };
        const caller = launch([process.execPath, script, JSON.stringify(options)], { cpu: cores.proxy });
        const output = (await caller.finished).trim();
        if (output === "") throw new Error(`${name} failed\n${caller.output()}`);
        reports.get(name)?.push(JSON.parse(output));
        process.stderr.write(`  round ${round + 1}: ${name}\n`);
      }
    }
  } finally {
    await origin.stop();
  }
  return { table: costTable(reports, { rounds, requests }), figures: Object.fromEntries(reports) };
}

/**
 * @param {Map<string, import("../caller.mjs").CallerReport[]>} reports
 * @param {{ rounds: number, requests: number }} effort
 * @returns {import("../../proxy/table.mjs").Table}
 */
function costTable(reports, { rounds, requests }) {
  const costsOf = (/** @type {string} */ name) => (reports.get(name) ?? []).map(({ cpuMicros }) => cpuMicros);
  return {
    title:
      `A GET of 16 bytes of JSON, read as text: ${callers} callers, one request at a time on each connection, ` +
      `median of ${rounds} × ${number(requests)} requests`,
    columns: ["client", "CPU µs/request", "of undici", "of global fetch", "requests/s", "core busy"],
    rows: Array.from(reports, ([name, each]) => {
      const costs = costsOf(name);
      return [
        name,
        number(median(costs), 1),
        times(ratioByRound(costs, costsOf(references.undici))),
        times(ratioByRound(costs, costsOf(references.fetch))),
        number(median(each.map(({ perSecond }) => perSecond))),
        percent(median(each.map(({ busy }) => busy))),
      ];
    }),
    notes: [
      "CPU is user and system time of the client's process, of all its threads",
      `${contenders.flatMap(({ name, slow }) => (slow ? [name] : [])).join(", ")}: a third of the requests, after as many to warm up`,
    ],
  };
}
