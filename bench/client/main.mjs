// npm run bench:client: what a call of the service client costs over a bare call of its channel, beside
// other clients that retry; and what callers notice when a file of a thousand services is read again.
//
//   --quick        fewer rounds, for a look
//   --json FILE    also write every figure to FILE
//   --write        also put the tables in the place of those that documents quote
import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { describeMachine } from "../ask.mjs";
import { planCores } from "../proxy/environment.mjs";
import { markdownTable, textTable } from "../proxy/table.mjs";
import { quote } from "../quote.mjs";
import { callCosts } from "./calls.mjs";
import { forked } from "./fork.mjs";
import { reloadPauses } from "./reload.mjs";

const { values } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    json: { type: "string" },
    write: { type: "boolean", default: false },
  },
});
const effort = values.quick ? { rounds: 5, calls: 1_000 } : { rounds: 11, calls: 2_000 };
// They take turns, so that one is enough. To wake another, which costs a virtual machine tens of microseconds, would
// be counted as the caller's.
const { proxy: cpu } = planCores();
const environment = describeMachine(
  cpu === undefined ? "nothing pinned" : `callers and their server on CPU ${cpu}`,
  `medians over ${effort.rounds} rounds of ${effort.calls.toLocaleString("en-US")} calls`,
);
console.log(`${environment}\n`);

const calls = await withServer(cpu, (url) => callCosts(url, { ...effort, cpu }));
const reload = await withServer(undefined, (url) => reloadPauses(url, values.quick ? 3 : 9));
const tables = [calls.table, reload.table];
for (const table of tables) console.log(textTable(table));
if (values.write) {
  const guides = { "docs/guides/client.md": tables };
  await quote({ name: "bench:client", tables, environment, headlines: tables, guides });
} else console.log(`The same in markdown:\n\n${tables.map(markdownTable).join("\n")}\n${environment}`);
if (values.json !== undefined) {
  const figures = { calls: Object.fromEntries(calls.costs), reload: reload.figures };
  await writeFile(values.json, `${JSON.stringify({ environment, figures }, undefined, 2)}\n`);
}

/**
 * Does `work` with a server of its own, on the core `cpu` if one is given.
 *
 * @template T
 * @param {number | undefined} cpu
 * @param {(url: string) => Promise<T>} work
 */
async function withServer(cpu, work) {
  const { child, first: port } = await forked("./server.mjs", { cpu });
  try {
    return await work(`http://127.0.0.1:${port}`);
  } finally {
    child.disconnect();
  }
}
