import {
  balance,
  consistentHash,
  createMemberSet,
  leastRequest,
  powerOfTwo,
  roundRobin,
} from "millrace/balance";
import { createContext } from "millrace/service";
import { number } from "../proxy/table.mjs";
import { nanosecondsEach } from "./measure.mjs";

const counts = [10, 100, 1_000];

/** @type {Readonly<Record<string, { picker: () => import("millrace/balance").Picker<string>, weighted?: boolean }>>} */
const pickers = {
  "powerOfTwo (default)": { picker: () => powerOfTwo() },
  "powerOfTwo, unlike weights": { picker: () => powerOfTwo(), weighted: true },
  roundRobin: { picker: () => roundRobin() },
  consistentHash: { picker: () => consistentHash({ keyOf: (request) => request }) },
  leastRequest: { picker: () => leastRequest() },
};

/** What it costs to choose one member of 10, 100 and 1,000, and a whole call through a balancer. */
export async function pickCosts(/** @type {import("./measure.mjs").Effort} */ effort) {
  /** @type {Record<string, number>} */
  const costs = {};
  const rows = [];
  for (const [name, { picker, weighted = false }] of Object.entries(pickers)) {
    const row = [name];
    for (const count of counts) {
      const chosen = picker();
      const members = await membersOf(count, weighted);
      let now = 0;
      const run = () => chosen.pick(members, (now += 1e-3), undefined, "user-17");
      const found = await nanosecondsEach([{ name, run }], effort);
      costs[`${name} of ${count}`] = found.get(name) ?? NaN;
      row.push(number(found.get(name) ?? NaN));
    }
    rows.push(row);
  }
  const row = ["a call through balance()"];
  for (const count of counts) {
    const service = balance(setOf(count, false));
    const run = () => service.call("ping", createContext());
    const found = await nanosecondsEach([{ name: "call", run }], effort);
    row.push(number(found.get("call") ?? NaN));
  }
  rows.push(row);
  return {
    costs,
    table: {
      title: "To choose one of so many members, in ns",
      columns: ["picker", ...counts.map((count) => number(count))],
      rows,
      notes: [
        "Members with a peak EWMA of their own, all ready. leastRequest looks at each of them, by design.",
      ],
    },
  };
}

/**
 * The members as a balancer hands them to its picker.
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
      return members[0];
    },
  };
  await balance(setOf(count, weighted), { picker: spy }).call("ping", createContext());
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
