import { createMemberSet } from "millrace/balance";
import { selectNode } from "millrace/client";
import { createContext, fromFunction } from "millrace/service";
import { number } from "../proxy/table.mjs";
import { nanosecondsEach } from "./measure.mjs";

const counts = [3, 8, 100];

/** @type {readonly import("millrace/client").StrategyName[]} */
const strategies = ["ADAPTIVE", "BALANCED", "PIN_UNTIL_ERROR"];

/** What a whole call through the node selection of a client costs, its limits included. */
export async function selectionCosts(/** @type {import("./measure.mjs").Effort} */ effort) {
  /** @type {Record<string, number>} */
  const costs = {};
  const rows = [];
  for (const count of counts) {
    const contenders = strategies.map((strategy) => {
      const service = selectNode(nodes(count), { endpointOf: () => "/widgets/{id}", strategy });
      return { name: strategy, run: () => service.call("ping", createContext()) };
    });
    const bare = fromFunction(() => answer);
    const alone = { name: "the node alone", run: () => bare.call("ping", createContext()) };
    const found = await nanosecondsEach([alone, ...contenders], effort);
    for (const [name, cost] of found) costs[`${name} of ${count}`] = cost;
    rows.push([number(count), ...Array.from(found.values(), (ns) => number(ns))]);
  }
  return {
    costs,
    table: {
      title: "A call by a client's node selection, with limits, in ns",
      columns: ["nodes", "the node alone", ...strategies],
      rows,
      notes: [
        "One endpoint, one call at a time. Of more than 8 nodes ADAPTIVE looks at 4; BALANCED sorts all.",
      ],
    },
  };
}

const answer = Promise.resolve({ status: 200 });

function nodes(/** @type {number} */ count) {
  const set = createMemberSet();
  for (let index = 0; index < count; index += 1)
    set.insert(
      `10.0.0.${index}:80`,
      fromFunction(() => answer),
    );
  return set;
}
