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
} from "millrace/testing";
import { meteredRate } from "./metered-rate.mjs";

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
 */

/**
 * How the scenarios are changed, to see what holds beyond their exact numbers.
 *
 * @typedef {object} Variation
 * @property {number} [rate] so many times as many requests a second
 * @property {number} [time] so many times as long, each phase of a server included
 */

const steady = (/** @type {number} */ ms) => constantTime({ ms });

/** Answers well but from one time to another, when it does as `model`. */
function spell(
  /** @type {ServerModel} */ well,
  /** @type {ServerModel} */ model,
  /** @type {[number, number]} */ [fromMs, untilMs],
) {
  return phases([{ model: well, untilMs: fromMs }, { model, untilMs }, { model: well }]);
}

/** Servers of the names given, each made by `model`. */
function each(/** @type {readonly string[]} */ names, /** @type {(name: string) => ServerModel} */ model) {
  return Object.fromEntries(names.map((name) => [name, model(name)]));
}

const linear60 = linearTime({ bestMs: 60, capacity: 60 });
const threshold = (/** @type {number} */ bestMs) =>
  failAbove({ active: 40, status: 500 }, linearTime({ bestMs, capacity: 30 }));

/**
 * The thirteen scenarios by which conjure-rust-runtime and dialogue judge how clients choose nodes.
 *
 * @returns {readonly Scenario[]}
 */
export function scenarios(/** @type {Variation} */ { rate = 1, time = 1 } = {}) {
  const perSecond = (/** @type {number} */ requests) => everyMs(1_000 / (requests * rate));
  const at = (/** @type {number} */ ms) => ms * time;
  return [
    {
      name: "simplest_possible_case",
      servers: { fast: steady(600), medium: steady(800), slow: steady(1_000) },
      arrivals: perSecond(11),
      durationMs: at(20 * 60_000),
      clients: 10,
    },
    {
      name: "slowdown_and_error_thresholds",
      servers: { fast: threshold(600), medium: threshold(800), slow: threshold(1_000) },
      arrivals: perSecond(500),
      durationMs: at(20_000),
      clients: 10,
      idempotent: true,
    },
    {
      name: "slow_503s_then_revert",
      servers: {
        fast: linear60,
        slow: phases([
          { model: linear60, untilMs: at(3_000) },
          { model: linearTime({ bestMs: 1_000, capacity: 60, status: 503 }), untilMs: at(10_000) },
          { model: linearTime({ bestMs: 10, capacity: 60 }) },
        ]),
      },
      arrivals: perSecond(100),
      durationMs: at(15_000),
      clients: 10,
    },
    {
      name: "fast_503s_then_revert",
      servers: {
        fast: steady(120),
        slow: spell(steady(120), constantTime({ ms: 10, status: 503 }), [at(3_000), at(60_000)]),
      },
      arrivals: perSecond(500),
      durationMs: at(90_000),
      clients: 10,
    },
    {
      name: "fast_400s_then_revert",
      servers: {
        fast: steady(120),
        slow: spell(steady(120), constantTime({ ms: 20, status: 400 }), [at(3_000), at(30_000)]),
      },
      arrivals: perSecond(100),
      durationMs: at(60_000),
      clients: 10,
    },
    {
      name: "short_outage_on_one_node",
      servers: {
        stable: steady(2_000),
        flaky: spell(steady(2_000), constantTime({ ms: 0, status: 500 }), [at(30_000), at(50_000)]),
      },
      arrivals: perSecond(20),
      durationMs: at(80_000),
      clients: 10,
    },
    {
      name: "drastic_slowdown",
      servers: {
        fast: linear60,
        slow: spell(linear60, linearTime({ bestMs: 10_000, capacity: 60 }), [at(3_000), at(10_000)]),
      },
      arrivals: perSecond(200),
      durationMs: at(20_000),
      clients: 10,
    },
    {
      name: "all_nodes_500",
      servers: each(["one", "other"], () =>
        phases([
          { model: constantTime({ ms: 600, status: 500 }), untilMs: at(10_000) },
          { model: steady(600) },
        ]),
      ),
      arrivals: perSecond(100),
      durationMs: at(20_000),
      clients: 10,
    },
    {
      name: "black_hole",
      servers: {
        good: steady(600),
        hole: phases([{ model: steady(600), untilMs: at(3_000) }, { model: blackHole() }]),
      },
      arrivals: perSecond(200),
      durationMs: at(10_000),
      endMs: at(30_000),
      clients: 10,
    },
    {
      name: "one_endpoint_dies_on_each_server",
      servers: each(["/e1", "/e2"], (endpoint) =>
        phases([
          { model: steady(600), untilMs: at(3_000) },
          { model: byEndpoint({ [endpoint]: constantTime({ ms: 600, status: 500 }) }, steady(600)) },
        ]),
      ),
      arrivals: perSecond(250),
      durationMs: at(10_000),
      clients: 10,
      endpoints: ["/e1", "/e2"],
    },
    {
      name: "uncommon_flakes",
      servers: each(["one", "other"], () => failShare({ ratio: 0.01 }, steady(1))),
      arrivals: perSecond(1_000),
      durationMs: at(10_000),
      clients: 10,
    },
    {
      name: "one_big_spike",
      servers: each(["one", "other"], () => failAbove({ active: 100, status: 429 }, steady(150))),
      arrivals: bursts({ size: Math.max(1, Math.round(30 * rate)), everyMs: 1 }),
      requests: Math.round(1_000 * time),
      endMs: 10_000 * time,
      clients: 1,
    },
    {
      name: "server_side_rate_limits",
      servers: each(["a", "b", "c", "d"], () => meteredRate(0.025, steady(200_000))),
      arrivals: perSecond(0.1),
      durationMs: at(25_000 * 60_000),
      endMs: 1_000 * 3_600_000,
      clients: 2,
    },
  ];
}
