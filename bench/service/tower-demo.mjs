import {
  balance,
  bestOfFew,
  createMemberSet,
  inFlight,
  leastRequest,
  peakEwma,
  powerOfTwo,
  roundRobin,
} from "millrace/balance";
import { concurrencyLimit } from "millrace/service";
import { closedLoop, randomTime, simulate } from "millrace/testing";
import { median } from "../proxy/figures.mjs";
import { number } from "../proxy/table.mjs";

/** @typedef {import("millrace/base").Random} Random */
/** @typedef {import("millrace/balance").LoadMetric} LoadMetric */

const longestMs = [1, 5, 10, 10, 10, 100, 100, 100, 500, 1_000];
const servers = Object.fromEntries(
  longestMs.map((maxMs, index) => [`${index}: ${maxMs} ms`, randomTime({ maxMs })]),
);

/** As tower has it: without the wait of the oldest call. @type {LoadMetric} */
const towersPeakEwma = ({ load }, now) => load.latencyMs(now) * (load.inFlight + 1);

/** @type {Readonly<Record<string, (random: Random) => import("millrace/balance").Picker>>} */
const policies = {
  "our default": (random) => bestOfFew({ random }),
  "p2c, by the same load": (random) => powerOfTwo({ random }),
  "p2c + peak EWMA, as tower's": (random) => powerOfTwo({ random, load: towersPeakEwma }),
  "p2c + in flight": (random) => powerOfTwo({ random, load: inFlight }),
  "round robin": () => roundRobin(),
  "least of all by peak EWMA": (random) => leastRequest({ random, load: peakEwma }),
};

const columns = /** @type {const} */ (["mean", "p50", "p90", "p99", "p999", "max"]);

/**
 * The demo that tower publishes, in virtual time: 100,000 requests of 500 callers to ten servers that
 * take a random time of up to 1 ms ... 1 s each.
 *
 * @param {{ seeds: number, requests: number }} effort
 */
export async function towerDemo({ seeds, requests }) {
  return [
    await demoTable("Ten servers of up to 1–1,000 ms, 500 callers: latency in ms", {
      seeds,
      requests,
      limit: Infinity,
    }),
    await demoTable("The same, each server behind a limit of 50 calls", { seeds, requests, limit: 50 }),
  ];
}

/**
 * @param {string} title
 * @param {{ seeds: number, requests: number, limit: number }} setting
 */
async function demoTable(title, { seeds, requests, limit }) {
  const rows = [];
  /** @type {Record<string, Record<string, number>>} */
  const figures = {};
  for (const [name, picker] of Object.entries(policies)) {
    /** @type {import("millrace/testing").SimulationReport[]} */
    const runs = [];
    for (let seed = 1; seed <= seeds; seed += 1) {
      const client = clientOf(picker, limit);
      runs.push(await simulate({ servers, requests, seed, arrivals: closedLoop({ callers: 500 }), client }));
    }
    const middle = Object.fromEntries(
      columns.map((column) => [column, median(runs.map(({ latency }) => latency[column]))]),
    );
    const perSecond = median(runs.map(({ succeeded, endedMs }) => (succeeded * 1_000) / endedMs));
    figures[name] = { ...middle, perSecond };
    rows.push([name, ...columns.map((column) => number(middle[column], 1)), number(perSecond)]);
  }
  const notes =
    limit === Infinity
      ? [
          `${number(requests)} requests; medians over ${seeds} seeds. Callers send again at once: the quicker serve more.`,
        ]
      : [
          "500 callers and 500 places: only one is ever free, so that no policy has a choice (tower's demo as it stands).",
        ];
  return {
    figures,
    table: {
      title,
      columns: ["policy", "mean", "p50", "p90", "p99", "p99.9", "max", "requests/s"],
      rows,
      notes,
    },
  };
}

/**
 * @param {(random: Random) => import("millrace/balance").Picker} picker
 * @param {number} limit
 * @returns {(parts: import("millrace/testing").ClientParts) => import("millrace/testing").SimulatedService}
 */
function clientOf(picker, limit) {
  return ({ members, clock, random }) => {
    if (limit === Infinity) return balance(members, { clock, picker: picker(random) });
    /** @type {typeof members} */
    const limited = createMemberSet();
    members.subscribe((change) => {
      if (change.kind === "insert") limited.insert(change.key, concurrencyLimit({ limit })(change.service));
    });
    return balance(limited, { clock, picker: picker(random) });
  };
}
