import { paths } from "../origins/fast.mjs";
import { measureThroughput } from "./throughput.mjs";
import { throughputTable } from "./throughput-table.mjs";

const connections = 32;
const mebibyte = 1_048_576;

/**
 * How fast do bodies flow through?
 *
 * @type {import("./question.mjs").Question}
 */
export async function large(setting) {
  const { samples, notes } = await measureThroughput(setting, { path: paths.large, connections });
  return {
    tables: [
      throughputTable({
        title:
          `Large answers: GET of 1 MiB, ${connections} connections, ` +
          `median of ${setting.rounds} × ${setting.seconds} s`,
        notes,
        samples,
        rate: {
          column: "MiB/s",
          of: ({ requestsPerSecond, responseBytes }) => (requestsPerSecond * responseBytes) / mebibyte,
          digits: 0,
        },
      }),
    ],
    figures: Object.fromEntries(samples),
  };
}
