// npm run simulate [-- NAME ...]: runs the scenarios by which conjure-rust-runtime and dialogue judge their node
// selection, against ours and theirs, and writes report.md and the plots in report/. With names, runs only
// those scenarios, prints their rows and writes nothing.
import { mkdirSync, writeFileSync } from "node:fs";
import { svgPlot } from "millrace/testing";
import { outcomeRow, reportText } from "./report.mjs";
import { runAll } from "./run.mjs";
import { scenarios } from "./scenarios.mjs";

const names = process.argv.slice(2);
/** @type {Record<string, Awaited<ReturnType<typeof runAll>>>} */
const results = {};
for (const scenario of scenarios()) {
  if (names.length > 0 && !names.includes(scenario.name)) continue;
  const reports = await runAll(scenario);
  results[scenario.name] = reports;
  console.log(outcomeRow(scenario.name, reports));
}

if (names.length === 0) {
  writeFileSync(new URL("./report.md", import.meta.url), reportText(results));
  const folder = new URL("./report/", import.meta.url);
  mkdirSync(folder, { recursive: true });
  for (const [name, { adaptive, balanced }] of Object.entries(results)) {
    if (!adaptive || !balanced) continue;
    writeFileSync(new URL(`${name}.svg`, folder), svgPlot(adaptive, { title: `${name}: adaptive` }));
    writeFileSync(new URL(`${name}.balanced.svg`, folder), svgPlot(balanced, { title: `${name}: balanced` }));
  }
}
