// npm run bench:service: what a call costs that passes through our layers, beside other libraries; what it
// costs to choose a member; and what callers notice of a policy, in simulated time.
//
//   --quick        fewer rounds, for a look
//   --json FILE    also write every figure to FILE
//   --write        also put the tables in the place of those that documents quote
import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { describeMachine } from "../ask.mjs";
import { markdownTable, textTable } from "../proxy/table.mjs";
import { quote } from "../quote.mjs";
import { layerCosts } from "./layers.mjs";
import { pickCosts } from "./pick.mjs";
import { selectionCosts } from "./select-node.mjs";
import { simulatorSpeed } from "./simulator.mjs";
import { towerDemo } from "./tower-demo.mjs";

const { values } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    json: { type: "string" },
    write: { type: "boolean", default: false },
  },
});
const effort = values.quick ? { rounds: 1, spanMs: 20 } : { rounds: 3, spanMs: 20 };
const environment = describeMachine(
  `CPU time, medians over ${effort.rounds} rounds, the best of five spans of ${effort.spanMs} ms each`,
);
console.log(`${environment}\n`);

/** @type {import("../proxy/table.mjs").Table[]} */
const tables = [];
const show = (/** @type {import("../proxy/table.mjs").Table} */ table) => {
  tables.push(table);
  console.log(textTable(table));
};

const layers = await layerCosts(effort);
for (const table of layers.tables) show(table);
const picks = await pickCosts(effort);
show(picks.table);
const selections = await selectionCosts(effort);
show(selections.table);
const demos = await towerDemo(
  values.quick ? { seeds: 1, requests: 20_000 } : { seeds: 5, requests: 100_000 },
);
for (const { table } of demos) show(table);
const simulator = await simulatorSpeed(
  values.quick ? { rounds: 1, requests: 100_000 } : { rounds: 3, requests: 1e6 },
);
show(simulator.table);
if (values.write) {
  const [each, alone] = layers.tables;
  const headlines = [alone, picks.table, demos[0].table];
  const guides = { "docs/guides/layers.md": [each] };
  await quote({ name: "bench:service", tables, environment, headlines, guides });
} else console.log(`The same in markdown:\n\n${tables.map(markdownTable).join("\n")}\n${environment}`);

if (values.json !== undefined) {
  const figures = {
    layers: layers.costs,
    picks: picks.costs,
    selections: selections.costs,
    demos: demos.map(({ figures }) => figures),
    simulator: simulator.figures,
  };
  await writeFile(
    values.json,
    `${JSON.stringify({ at: new Date().toISOString(), environment, figures }, undefined, 2)}\n`,
  );
}
