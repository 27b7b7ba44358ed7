// npm run bench:channel: what a small request costs clients, ours beside others; what the first one costs; and what
// callers notice of an origin that goes wrong, or moves.
//
//   --only cost,first,recovery,flip   the questions to ask (all)
//   --rounds N                        windows for each client, interleaved (3)
//   --requests N                      requests counted in one window (20000)
//   --seconds N                       how long each scene of recovery goes on (3)
//   --write                           put the tables in the place of those that documents quote; needs all questions
//   --json FILE                       also write every figure to FILE
import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { ask, describeMachine, requirePrograms } from "../ask.mjs";
import { planCores } from "../proxy/environment.mjs";
import { markdownTable } from "../proxy/table.mjs";
import { quote } from "../quote.mjs";
import { cost } from "./questions/cost.mjs";
import { first } from "./questions/first.mjs";
import { flip } from "./questions/flip.mjs";
import { recovery } from "./questions/recovery.mjs";

const questions = { cost, first, recovery, flip };
const { values } = parseArgs({
  options: {
    only: { type: "string", default: Object.keys(questions).join() },
    rounds: { type: "string", default: "3" },
    requests: { type: "string", default: "20000" },
    seconds: { type: "string", default: "3" },
    write: { type: "boolean", default: false },
    json: { type: "string" },
  },
});
const asked = values.only.split(",");
if (values.write && asked.length < Object.keys(questions).length)
  throw new Error("--write puts all tables into the documents: leave out --only");
if (asked.includes("cost")) requirePrograms(["nginx"]);
const cores = planCores();
const pinning =
  cores.proxy === undefined
    ? "nothing pinned"
    : `client on CPU ${cores.proxy}, origin on CPU ${cores.origin}`;
const environment = describeMachine(pinning);
console.log(`${environment}\n`);

const setting = {
  rounds: Number(values.rounds),
  requests: Number(values.requests),
  seconds: Number(values.seconds),
  cores,
};
const { tables, figures } = await ask(questions, asked, setting);
if (values.write) {
  const [costs, , wrong] = tables;
  await quote({ name: "bench:channel", tables, environment, headlines: [costs, wrong] });
}
if (!values.write)
  console.log(`The same in markdown:\n\n${tables.map(markdownTable).join("\n")}\n${environment}`);
if (values.json !== undefined) {
  const record = { at: new Date().toISOString(), environment, figures };
  await writeFile(values.json, `${JSON.stringify(record, undefined, 2)}\n`);
}
// Whatever a client left behind ends with this process.
process.exit();
