import {
  balance,
  bestOfFew,
  consistentHash,
  createMemberSet,
  leastRequest,
  powerOfTwo,
  roundRobin,
} from "millrace/balance";
import { createContext } from "millrace/service";
import { number } from "../proxy/table.mjs";
import { nanosecondsApart } from "./measure.mjs";

const counts = [10, 100, 1_000];

/** @type {Readonly<Record<string, { picker: () => import("millrace/balance").Picker<string>, weighted?: boolean }>>} */
const pickers = {
  "bestOfFew (default)": { picker: () => bestOfFew() },
  "bestOfFew, unlike weights": { picker: () => bestOfFew(), weighted: true },
  powerOfTwo: { picker: () => powerOfTwo() },
  "powerOfTwo, unlike weights": { picker: () => powerOfTwo(), weighted: true },
  roundRobin: { picker: () => roundRobin() },
  consistentHash: { picker: () => consistentHash({ keyOf: (request) => request }) },
  leastRequest: { picker: () => leastRequest() },
};

const wholeCall = "a call through balance()";

/** What it costs to choose one member of 10, 100 and 1,000, and a whole call through a balancer. */
export async function pickCosts(/** @type {import("./measure.mjs").Effort} */ effort) {
  const names = [...Object.keys(pickers), wholeCall];
  const contenders = names.flatMap((kind) => counts.map((count) => ({ kind, name: String(count) })));
  const figures = await nanosecondsApart("pick.mjs", contenders, effort);
  const costs = new Map(
    contenders.map(({ kind, name }, index) => [`${kind} of ${name}`, figures[index].alone]),
  );
  const rows = names.map((name) => [
    name,
    ...counts.map((count) => number(costs.get(`${name} of ${count}`) ?? NaN)),
  ]);
  return {
    costs: Object.fromEntries(costs),
    table: {
      title: "To choose one of so many members, in ns",
      columns: ["picker", ...counts.map((count) => number(count))],
      rows,
      notes: [
        "Members with a peak EWMA of their own, all ready; each figure from a process of its own. By design bestOfFew looks at all of a few, and leastRequest at all of any number.",
      ],
    },
  };
}

/**
 * A function that makes one choice, or one call through a balancer.
 *
 * @param {string} kind
 * @param {string} count of how many members
 * @returns {Promise<() => unknown>}
 */
export async function contender(kind, count) {
  if (kind === wholeCall) {
    const service = balance(setOf(Number(count), false));
    return () => service.call("ping", createContext());
  }
  const { picker, weighted = false } = pickers[kind];
  const chosen = picker();
  const members = await membersOf(Number(count), weighted);
  let now = performance.now();
  return () => chosen.pick(members, (now += 1e-6), undefined, "user-17");
}

/**
 * The members as a balancer hands them to its picker, after one call of each.
 *
 * @param {number} count
 * @param {boolean} weighted
 * @returns {Promise<readonly import("millrace/balance").Member[]>}
 */
async function membersOf(count, weighted) {
  /** @type {readonly import("millrace/balance").Member[]} */
  let seen = [];
  const spy = {
    /** @template {import("millrace/balance").Member} M */
    pick(/** @type {readonly M[]} */ members) {
      seen = members;
      return inTurn.pick(members, 0);
    },
  };
  const inTurn = roundRobin();
  const service = balance(setOf(count, weighted), { picker: spy });
  for (let call = 0; call < 3 * count; call += 1) await service.call("ping", createContext());
  return seen;
}

function setOf(/** @type {number} */ count, /** @type {boolean} */ weighted) {
  const set = createMemberSet();
  const answer = Promise.resolve("pong");
  const service = { ready: true, whenReady: () => Promise.resolve(), call: () => answer };
  for (let index = 0; index < count; index += 1) {
    set.insert(`10.0.0.${index}:80`, service, { weight: weighted ? 1 + (index % 3) : 1 });
  }
  return set;
}
