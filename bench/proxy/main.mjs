import { writeFile } from "node:fs/promises";
import { quote } from "../quote.mjs";
import { describeEnvironment, installLine, planCores } from "./environment.mjs";
import { parseFlags, usage } from "./flags.mjs";
import { flagName, peers } from "./peers/index.mjs";
import { badCompany } from "./questions/bad-company.mjs";
import { idle } from "./questions/idle.mjs";
import { large } from "./questions/large.mjs";
import { small } from "./questions/small.mjs";
import { telemetry } from "./questions/telemetry.mjs";
import { markdownTable, textTable } from "./table.mjs";

/** @type {Record<import("./flags.mjs").QuestionName, import("./questions/question.mjs").Question>} */
const questions = { small, large, badcompany: badCompany, idle, telemetry };

const progress = (/** @type {string} */ line) => void process.stderr.write(`  ${line}\n`);

try {
  const flags = parseFlags(process.argv.slice(2), peers.map(flagName));
  if (flags === undefined) console.log(usage);
  else await run(flags);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
// Whatever a question left behind ends with this process.
process.exit();

async function run(/** @type {import("./flags.mjs").Flags} */ flags) {
  const wanted = peers.filter((peer) => flags.proxies?.includes(flagName(peer)) ?? true);
  const install = installLine([
    "nginx",
    "wrk",
    ...(wanted.some(isHaproxy) ? [/** @type {const} */ ("haproxy")] : []),
  ]);
  if (install !== undefined) throw new Error(`something is missing; as root:\n\n  ${install}\n`);

  const cores = planCores();
  const environment = describeEnvironment(cores);
  console.log(`${environment}\n`);
  const setting = {
    peers: wanted.filter(present),
    cores,
    seconds: flags.seconds,
    rounds: flags.rounds,
    progress,
  };

  const tables = [];
  const headlines = [];
  /** @type {Record<string, unknown>} */
  const figures = {};
  const start = performance.now();
  for (const name of flags.only) {
    process.stderr.write(`${name}\n`);
    const outcome = await questions[name](setting);
    for (const table of outcome.tables) console.log(textTable(table));
    tables.push(...outcome.tables);
    // Of bad company the last: origins that go wrong under load.
    if (name === "small" || name === "badcompany") headlines.push(...outcome.tables.slice(-1));
    figures[name] = outcome.figures;
  }
  if (flags.write) await quote({ name: "bench:proxy", tables, environment, headlines });
  else console.log(`The same in markdown:\n\n${tables.map(markdownTable).join("\n")}\n${environment}`);
  process.stderr.write(`took ${Math.round((performance.now() - start) / 1_000)} s\n`);

  if (flags.json === undefined) return;
  const record = { at: new Date().toISOString(), environment, flags, figures };
  await writeFile(flags.json, `${JSON.stringify(record, undefined, 2)}\n`);
}

function present(/** @type {import("./peers/peer.mjs").Peer} */ peer) {
  const remedy = peer.missing();
  if (remedy !== undefined) progress(`${peer.name} is left out; to have it, run: ${remedy}`);
  return remedy === undefined;
}

function isHaproxy(/** @type {import("./peers/peer.mjs").Peer} */ peer) {
  return peer.name === "HAProxy";
}
