import { median, ratioByRound } from "../proxy/figures.mjs";
import { number, times } from "../proxy/table.mjs";
import { contenders, references } from "./contenders.mjs";
import { forked, heard } from "./fork.mjs";

/** Rounds before those that count, so that the compiler has seen enough. */
const warmRounds = 5;

/**
 * What one GET of a small JSON answer costs the caller: one after the other, connections kept alive, each
 * client with retries, a limit of time, and the JSON parsed. Each has a process of its own, as in a program
 * that uses it; rounds are interleaved (A B C A B C), so that a machine that slows down slows all of them.
 *
 * @param {string} url
 * @param {{ rounds: number, calls: number, cpu: number | undefined }} effort
 */
export async function callCosts(url, { rounds, calls, cpu }) {
  const callers = [];
  for (const { name } of contenders) {
    const { child } = await forked("./caller.mjs", { args: [name, url], cpu });
    callers.push({ name, child, costs: /** @type {number[]} */ ([]) });
  }
  for (let round = -warmRounds; round < rounds; round += 1) {
    for (const { child, costs } of callers) {
      child.send(calls);
      const micros = /** @type {number} */ (await heard(child));
      if (round >= 0) costs.push(micros);
    }
  }
  for (const { child } of callers) child.disconnect();
  const costs = new Map(callers.map(({ name, costs }) => [name, costs]));
  return { costs, table: costsTable(costs) };
}

/** @param {ReadonlyMap<string, readonly number[]>} costs */
function costsTable(costs) {
  const bare = costs.get(references.bare) ?? [];
  const own = costs.get(references.ours) ?? [];
  const rows = Array.from(costs, ([name, micros]) => {
    const added = micros.map((each, round) => each - (bare[round] ?? NaN));
    return [name, number(median(micros), 1), number(median(added), 1), times(ratioByRound(micros, own))];
  });
  return {
    title: "CPU of the caller for one GET of a small JSON answer",
    columns: ["client", "µs a call", "over the bare call", "beside millrace/client"],
    rows,
    notes: [
      "One call after the other to node:http in another process, over connections that are kept alive.",
      "All but the bare call try again up to four times and have a limit of 10 s; all parse the JSON.",
      "Each in a process of its own. CPU is user and system time of all its threads; differences and ratios are taken within each round.",
    ],
  };
}
