import { paths } from "../origins/fast.mjs";
import { measureThroughput } from "./throughput.mjs";
import { throughputTable } from "./throughput-table.mjs";

const connections = 32;

/**
 * What does one small request cost?
 *
 * @type {import("./question.mjs").Question}
 */
export async function small(setting) {
  const { samples, notes } = await measureThroughput(setting, { path: paths.small, connections });
  const bytes = Math.round([...samples.values()][0][0].responseBytes);
  const title =
    `Small requests: GET with a browser's headers, answer of 16 bytes (${bytes} with its head), ` +
    `${connections} connections, median of ${setting.rounds} × ${setting.seconds} s`;
  return {
    tables: [
      throughputTable({
        title,
        notes,
        samples,
        rate: { column: "requests/s", of: (sample) => sample.requestsPerSecond, digits: 0 },
      }),
    ],
    figures: Object.fromEntries(samples),
  };
}
