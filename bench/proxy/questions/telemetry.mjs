import { median, ratioByRound } from "../figures.mjs";
import { paths } from "../origins/fast.mjs";
import { millraceLogging, millraceScraped } from "../peers/millrace.mjs";
import { number, times } from "../table.mjs";
import { direct, measureThroughput } from "./throughput.mjs";

const connections = 32;
const formats = /** @type {const} */ (["off", "common", "combined", "json"]);

/**
 * What does looking cost? Millrace alone, with each access log, and with its metrics being scraped.
 *
 * Counting for the metrics cannot be turned off: it is in every figure of every other question.
 *
 * @type {import("./question.mjs").Question}
 */
export async function telemetry(setting) {
  const peers = [...formats.map(millraceLogging), millraceScraped()];
  const { samples } = await measureThroughput({ ...setting, peers }, { path: paths.small, connections });
  samples.delete(direct);
  const [plain] = samples.values();
  return {
    tables: [
      {
        title:
          `Telemetry: the small request again, millrace alone, ${connections} connections, ` +
          `median of ${setting.rounds} × ${setting.seconds} s`,
        columns: ["millrace with", "CPU µs/request", "of none", "requests/s", "errors"],
        rows: [...samples].map(([name, own]) => [
          name,
          number(median(own.map(({ cpuUs }) => cpuUs)), 1),
          times(
            ratioByRound(
              own.map(({ cpuUs }) => cpuUs),
              plain?.map(({ cpuUs }) => cpuUs),
            ),
          ),
          number(median(own.map(({ requestsPerSecond }) => requestsPerSecond)), 0),
          number(own.reduce((sum, { errors }) => sum + errors, 0)),
        ]),
        notes: ["Access logs are written to a file."],
      },
    ],
    figures: Object.fromEntries(samples),
  };
}
