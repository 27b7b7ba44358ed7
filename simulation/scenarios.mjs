import {
  blackHole,
  bursts,
  byEndpoint,
  constantTime,
  everyMs,
  failAbove,
  failShare,
  linearTime,
  phases,
  rateLimited,
} from "millrace/testing";

/** @typedef {import("millrace/testing").ServerModel} ServerModel */

/**
 * @typedef {object} Scenario
 * @property {string} name as conjure-rust-runtime and dialogue name it
 * @property {Readonly<Record<string, ServerModel>>} servers
 * @property {import("millrace/testing").Arrivals} arrivals
 * @property {number} [requests]
 * @property {number} [durationMs]
 * @property {number} [endMs]
 * @property {number} clients
 * @property {readonly string[]} [endpoints]
 * @property {boolean} [idempotent] whether a 500 may be tried again
 * @property {Published} published
 */

/**
 * What conjure-rust-runtime published for its three strategies: balanced with limiter, pinned with limiter,
 * and balanced without limiter. Success in per cent, mean of the calls that ended well in milliseconds.
 *
 * @typedef {{ balanced: Figures, pinned: Figures, unlimited: Figures }} Published
 * @typedef {readonly [success: number, meanMs: number]} Figures
 */

const steady = (/** @type {number} */ ms) => constantTime({ ms });

/** Answers well but from `fromMs` to `untilMs`, when it does as `model`. */
function spell(
  /** @type {ServerModel} */ well,
  /** @type {ServerModel} */ model,
  /** @type {[number, number]} */ [fromMs, untilMs],
) {
  return phases([{ model: well, untilMs: fromMs }, { model, untilMs }, { model: well }]);
}

function published(
  /** @type {Figures} */ balanced,
  /** @type {Figures} */ pinned,
  /** @type {Figures} */ unlimited,
) {
  return { balanced, pinned, unlimited };
}

const linear60 = linearTime({ bestMs: 60, capacity: 60 });
const threshold = (/** @type {number} */ bestMs) =>
  failAbove({ active: 40, status: 500 }, linearTime({ bestMs, capacity: 30 }));

/** @type {readonly Scenario[]} */
export const scenarios = [
  {
    name: "simplest_possible_case",
    servers: { fast: steady(600), medium: steady(800), slow: steady(1_000) },
    arrivals: everyMs(1_000 / 11),
    durationMs: 20 * 60_000,
    clients: 10,
    published: published([100, 790.1], [100, 790.2], [100, 790.1]),
  },
  {
    name: "slowdown_and_error_thresholds",
    servers: { fast: threshold(600), medium: threshold(800), slow: threshold(1_000) },
    arrivals: everyMs(2),
    durationMs: 20_000,
    clients: 10,
    idempotent: true,
    published: published([99.98, 175_800], [100, 200_700], [3.6, 8_300]),
  },
  {
    name: "slow_503s_then_revert",
    servers: {
      fast: linear60,
      slow: phases([
        { model: linear60, untilMs: 3_000 },
        { model: linearTime({ bestMs: 1_000, capacity: 60, status: 503 }), untilMs: 10_000 },
        { model: linearTime({ bestMs: 10, capacity: 60 }) },
      ]),
    },
    arrivals: everyMs(10),
    durationMs: 15_000,
    clients: 10,
    published: published([100, 82.9], [100, 214.5], [100, 82.9]),
  },
  {
    name: "fast_503s_then_revert",
    servers: {
      fast: steady(120),
      slow: spell(steady(120), constantTime({ ms: 10, status: 503 }), [3_000, 60_000]),
    },
    arrivals: everyMs(2),
    durationMs: 90_000,
    clients: 10,
    published: published([100, 120.13], [100, 120.03], [100, 120.13]),
  },
  {
    name: "fast_400s_then_revert",
    servers: {
      fast: steady(120),
      slow: spell(steady(120), constantTime({ ms: 20, status: 400 }), [3_000, 30_000]),
    },
    arrivals: everyMs(10),
    durationMs: 60_000,
    clients: 10,
    published: published([93.6, 120], [64.2, 120], [93.6, 120]),
  },
  {
    name: "short_outage_on_one_node",
    servers: {
      stable: steady(2_000),
      flaky: spell(steady(2_000), constantTime({ ms: 0, status: 500 }), [30_000, 50_000]),
    },
    arrivals: everyMs(50),
    durationMs: 80_000,
    clients: 10,
    published: published([99.3, 2_000], [99.5, 2_000], [99.3, 2_000]),
  },
  {
    name: "drastic_slowdown",
    servers: {
      fast: linear60,
      slow: spell(linear60, linearTime({ bestMs: 10_000, capacity: 60 }), [3_000, 10_000]),
    },
    arrivals: everyMs(5),
    durationMs: 20_000,
    clients: 10,
    published: published([100, 260.8], [100, 8_230], [100, 260.8]),
  },
  {
    name: "all_nodes_500",
    servers: Object.fromEntries(
      ["one", "other"].map((name) => [
        name,
        phases([{ model: constantTime({ ms: 600, status: 500 }), untilMs: 10_000 }, { model: steady(600) }]),
      ]),
    ),
    arrivals: everyMs(10),
    durationMs: 20_000,
    clients: 10,
    published: published([73.7, 4_310], [74.2, 5_770], [50, 600]),
  },
  {
    name: "black_hole",
    servers: {
      good: steady(600),
      hole: phases([{ model: steady(600), untilMs: 3_000 }, { model: blackHole() }]),
    },
    arrivals: everyMs(5),
    durationMs: 10_000,
    endMs: 30_000,
    clients: 10,
    published: published([91.4, 600], [44.8, 601], [91.4, 600]),
  },
  {
    name: "one_endpoint_dies_on_each_server",
    servers: Object.fromEntries(
      [
        ["one", "/e1"],
        ["other", "/e2"],
      ].map(([name, endpoint]) => [
        name,
        phases([
          { model: steady(600), untilMs: 3_000 },
          { model: byEndpoint({ [endpoint]: constantTime({ ms: 600, status: 500 }) }, steady(600)) },
        ]),
      ]),
    ),
    arrivals: everyMs(4),
    durationMs: 10_000,
    clients: 10,
    endpoints: ["/e1", "/e2"],
    published: published([84.6, 600], [65, 604], [65.7, 600]),
  },
  {
    name: "uncommon_flakes",
    servers: { one: failShare({ ratio: 0.01 }, steady(1)), other: failShare({ ratio: 0.01 }, steady(1)) },
    arrivals: everyMs(1),
    durationMs: 10_000,
    clients: 10,
    published: published([98.9, 1], [98.9, 1], [98.9, 1]),
  },
  {
    name: "one_big_spike",
    servers: Object.fromEntries(
      ["one", "other"].map((name) => [name, failAbove({ active: 100, status: 429 }, steady(150))]),
    ),
    arrivals: bursts({ size: 30, everyMs: 1 }),
    requests: 1_000,
    endMs: 10_000,
    clients: 1,
    published: published([100, 1_800], [100, 3_430], [100, 712]),
  },
  {
    name: "server_side_rate_limits",
    servers: Object.fromEntries(
      ["a", "b", "c", "d"].map((name) => [
        name,
        rateLimited({ perSecond: 0.025, burst: 2 }, steady(200_000)),
      ]),
    ),
    arrivals: everyMs(10_000),
    durationMs: 25_000 * 60_000,
    clients: 2,
    published: published([99.8, Number.NaN], [99.7, Number.NaN], [99, Number.NaN]),
  },
];
