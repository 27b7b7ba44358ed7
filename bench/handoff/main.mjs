// npm run bench:handoff: what a request costs a server that was handed its listening socket, and how long an upgrade
// takes. Ends within two minutes.
//
//   --only cost,upgrade   the questions to ask (both)
//   --rounds N            windows for each server, interleaved (5)
//   --seconds N           length of a window (2)
//   --upgrades N          (10)
//   --write               put the tables in the place of those that documents quote; needs both questions
//   --json FILE           also write every figure to FILE
import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { ask, describeMachine, requirePrograms } from "../ask.mjs";
import { planCores } from "../proxy/environment.mjs";
import { markdownTable } from "../proxy/table.mjs";
import { quote } from "../quote.mjs";
import { cost } from "./cost.mjs";
import { upgrade } from "./upgrade.mjs";

const questions = { cost, upgrade };
const { values } = parseArgs({
  options: {
    only: { type: "string", default: Object.keys(questions).join() },
    rounds: { type: "string", default: "5" },
    seconds: { type: "string", default: "2" },
    upgrades: { type: "string", default: "10" },
    write: { type: "boolean", default: false },
    json: { type: "string" },
  },
});
const asked = values.only.split(",");
if (values.write && asked.length < Object.keys(questions).length)
  throw new Error("--write puts both tables into the documents: leave out --only");
if (asked.includes("cost")) requirePrograms(["wrk"]);
const cores = planCores();
const pinning =
  cores.proxy === undefined ? "nothing pinned" : `server on CPU ${cores.proxy}, load on CPU ${cores.load}`;
const environment = describeMachine(pinning);
console.log(`${environment}\n`);

const setting = {
  rounds: Number(values.rounds),
  seconds: Number(values.seconds),
  upgrades: Number(values.upgrades),
  cores,
};
const { tables, figures } = await ask(questions, asked, setting);
if (values.write) {
  const guides = { "docs/guides/handoff.md": tables };
  await quote({ name: "bench:handoff", tables, environment, headlines: tables, guides });
} else console.log(`The same in markdown:\n\n${tables.map(markdownTable).join("\n")}\n${environment}`);
if (values.json !== undefined) {
  const record = { at: new Date().toISOString(), environment, figures };
  await writeFile(values.json, `${JSON.stringify(record, undefined, 2)}\n`);
}
