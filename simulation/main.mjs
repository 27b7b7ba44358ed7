// node simulation/main.mjs [name ...]: runs the scenarios by which conjure-rust-runtime and dialogue judge
// their node selection, against our policies, and puts the published figures beside ours.
//
//   --write           also write simulation/report.md
//   --plots FOLDER    also draw each server's share over time, with the default policy
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { simulate, svgPlot } from "millrace/testing";
import { policies } from "./policies.mjs";
import { scenarios } from "./scenarios.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { write: { type: "boolean", default: false }, plots: { type: "string" } },
});

const columns = [
  "scenario",
  ...Object.keys(policies),
  "conjure balanced",
  "conjure pinned",
  "conjure unlimited",
];
const rows = [columns, columns.map(() => "---")];
for (const scenario of scenarios) {
  if (positionals.length > 0 && !positionals.includes(scenario.name)) continue;
  const { name, published, idempotent = false, ...options } = scenario;
  const cells = [];
  for (const [policy, build] of Object.entries(policies)) {
    const report = await simulate({ ...options, client: (parts) => build(parts, idempotent) });
    cells.push(
      `${(report.successRatio * 100).toFixed(1)} %, ${duration(report.latency.mean)}, ${report.responses}`,
    );
    if (values.plots === undefined || policy !== "default") continue;
    mkdirSync(values.plots, { recursive: true });
    writeFileSync(join(values.plots, `${name}.svg`), svgPlot(report, { title: `${name}: calls by server` }));
  }
  for (const [success, meanMs] of [published.balanced, published.pinned, published.unlimited]) {
    cells.push(`${success} %${Number.isNaN(meanMs) ? "" : `, ${duration(meanMs)}`}`);
  }
  rows.push([name, ...cells]);
  process.stderr.write(`  ${name}\n`);
}

const table = rows.map((cells) => `| ${cells.join(" | ")} |`).join("\n");
const text = [
  "# Simulated policies",
  "",
  "`node simulation/main.mjs --write` made this: success, mean latency of what ended well, answers that",
  "servers gave. Beside it what conjure-rust-runtime published for its own strategies. A 500 is not tried",
  "again, but for the thresholds, whose requests are idempotent; 429 and 503 are. `default` is `retry` and",
  "`balance` with nothing else said, `limited` adds an `adaptiveLimit` for each member and client, `pinned`",
  "is that with `pinUntilError`. `scenarios.mjs` has the servers, `policies.mjs` the clients. Theirs differs in two",
  "places: rate limits are an average over a minute there and a bucket of tokens here; a server of 1 µs takes",
  "1 ms here, as it did on their clock.",
  "",
  table,
  "",
].join("\n");
console.log(text);
if (values.write) writeFileSync(new URL("./report.md", import.meta.url), text);

function duration(/** @type {number} */ ms) {
  return ms >= 10_000 ? `${(ms / 1_000).toFixed(1)} s` : `${ms.toFixed(0)} ms`;
}
