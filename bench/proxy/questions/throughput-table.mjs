import { median, ratioByRound } from "../figures.mjs";
import { number, percent, times } from "../table.mjs";
import { direct } from "./throughput.mjs";

/** @typedef {import("./throughput.mjs").Sample} Sample */

/**
 * @param {{ title: string, notes: readonly string[], samples: import("./throughput.mjs").Samples,
 *   rate: { column: string, of: (sample: Sample) => number, digits: number } }} parts
 * @returns {import("../table.mjs").Table}
 */
export function throughputTable({ title, notes, samples, rate }) {
  const against = [...samples.keys()].filter((name) => name === "nginx" || name === "HAProxy");
  return {
    title,
    columns: [
      "proxy",
      rate.column,
      ...against.map((name) => `of ${name}`),
      "CPU µs/request",
      ...against.map((name) => `CPU of ${name}`),
      "worker alone",
      "core busy",
      "p50 ms",
      "p99 ms",
      "errors",
    ],
    rows: [...samples].map(([name, own]) => row(name, own)),
    notes,
  };

  /** @returns {string[]} */
  function row(/** @type {string} */ name, /** @type {Sample[]} */ own) {
    const middle = (/** @type {(sample: Sample) => number} */ of) => median(own.map(of));
    const ratios = (/** @type {(sample: Sample) => number} */ of) =>
      against.map((peer) =>
        times(name === direct ? NaN : ratioByRound(own.map(of), samples.get(peer)?.map(of))),
      );
    const proxied = (/** @type {string} */ cell) => (name === direct ? "–" : cell);
    return [
      name,
      number(middle(rate.of), rate.digits),
      ...ratios(rate.of),
      proxied(
        number(
          middle((sample) => sample.cpuUs),
          1,
        ),
      ),
      ...ratios((sample) => sample.cpuUs),
      proxied(
        number(
          middle((sample) => sample.workerCpuUs),
          1,
        ),
      ),
      proxied(percent(middle((sample) => sample.busy))),
      number(
        middle((sample) => sample.p50Ms),
        2,
      ),
      number(
        middle((sample) => sample.p99Ms),
        2,
      ),
      number(own.reduce((sum, sample) => sum + sample.errors, 0)),
    ];
  }
}
