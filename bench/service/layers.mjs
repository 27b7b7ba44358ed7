import { number, times } from "../proxy/table.mjs";
import { comparisons, has, layerNames, peers } from "./contenders.mjs";
import { atOnce, nanosecondsApart } from "./measure.mjs";

/** @typedef {import("../proxy/table.mjs").Table} Table */
/** @typedef {{ alone: number, crowded: number }} Cost */

const none = { kind: "none", name: "no layer" };

/** What one call costs that passes through a layer which has nothing to do, and the same beside other libraries. */
export async function layerCosts(/** @type {import("./measure.mjs").Effort} */ effort) {
  const theirs = [...new Set(Object.values(comparisons).map(theirName))];
  const contenders = [
    none,
    ...[...layerNames, "three", "four"].map((name) => ({ kind: "millrace", name })),
    ...peers.flatMap((kind) => theirs.filter((name) => has(kind, name)).map((name) => ({ kind, name }))),
  ];
  const figures = await nanosecondsApart("contenders.mjs", contenders, effort);
  const costs = new Map(contenders.map((each, index) => [keyOf(each), figures[index]]));
  return {
    costs: Object.fromEntries(costs),
    tables: [layerTable(costs), comparisonTable(costs, "alone"), comparisonTable(costs, "crowded")],
  };
}

/** @returns {Table} */
function layerTable(/** @type {ReadonlyMap<string, Cost>} */ costs) {
  const base = costs.get(keyOf(none))?.alone ?? NaN;
  const rows = layerNames.map((name) => {
    const ns = costs.get(keyOf({ kind: "millrace", name }))?.alone ?? NaN;
    return [name, number(ns), number(ns - base)];
  });
  return {
    title: "One call through one layer",
    columns: ["layer", "ns", "more than none"],
    rows: [["no layer", number(base), ""], ...rows],
    notes: ["Each call has a context of its own. The service answers with a promise that is settled."],
  };
}

/**
 * @param {ReadonlyMap<string, Cost>} costs
 * @param {keyof Cost} how
 * @returns {Table}
 */
function comparisonTable(costs, how) {
  const costOf = (/** @type {string} */ kind, /** @type {string} */ name) =>
    costs.get(keyOf({ kind, name }))?.[how] ?? NaN;
  const base = costOf(none.kind, none.name);
  const rows = Object.entries(comparisons).map(([title, comparison]) => {
    const ours = costOf("millrace", comparison.ours);
    const beside = peers.flatMap((library) => {
      const theirs = costOf(library, theirName(comparison));
      return [number(theirs), times(ours / theirs), times((ours - base) / (theirs - base))];
    });
    return [title, number(ours), ...beside];
  });
  const nothing = ["no policy", number(base), ...peers.flatMap(() => [number(base), "", ""])];
  return {
    title: `One call through the same policies in other libraries, in ns: ${how === "alone" ? "one at a time" : `${atOnce} at once`}`,
    columns: [
      "",
      "millrace",
      ...peers.flatMap((library) => [library, "ours of it", "without the bare call"]),
    ],
    rows: [nothing, ...rows],
    notes: how === "alone" ? comparisonNotes : [],
  };
}

const comparisonNotes = [
  "3 attempts, a limit of 1,000 calls, 1 s; each contender runs in a process of its own. Opossum has a breaker only; timeout and capacity are options of it.",
  "In the first two our breaker and opossum's count the calls of the last 10 s, cockatiel's failures in a row, the cheapest of its rules.",
  "No policy is the bare call and the wait for its answer, which nobody can save: it is in every other row.",
];

function theirName(/** @type {{ ours: string, theirs?: string }} */ { ours, theirs = ours }) {
  return theirs;
}

function keyOf(/** @type {import("./measure.mjs").Alone} */ { kind, name }) {
  return `${kind}: ${name}`;
}
