// npm run chaos:proxy: replaces a running proxy again and again under load of every kind, lets new versions fail in every
// way, and kills processes of it at random moments. Prints a table in markdown.
//
//   npm run chaos:proxy                    20 upgrades, all faults, 20 rounds of kills
//   npm run chaos:proxy -- --upgrades 5    fewer
//   npm run chaos:proxy -- --only kills    one of: upgrades, faults, kills
//   npm run chaos:proxy -- --seed 7        other kills
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { startTraffic } from "./load.mjs";
import { openProxies } from "./proxies.mjs";
import { killProxies } from "./proxy-kills.mjs";
import { format, head, row } from "./table.mjs";

/** @typedef {import("./table.mjs").Row} Row */

const everyKind = { kept: 4, new: 4, slow: 2, download: 1, upload: 1, websocket: 2 };

/** Replaces the proxy `count` times under load. @param {number} count @returns {Promise<Row>} */
export async function replaceUnderLoad(count) {
  const { start, port, close } = await openProxies({ handoff: { probation: "100ms" } });
  await start().ready;
  const traffic = startTraffic(port, everyKind);
  const [switches, took] = [/** @type {number[]} */ ([]), /** @type {number[]} */ ([])];
  for (let index = 0; index < count; index += 1) {
    await pause(300);
    const at = performance.now();
    await start().ready;
    switches.push(performance.now());
    took.push(performance.now() - at);
  }
  await pause(300);
  await traffic.stop();
  await close();
  return row({ what: "proxy, taken over", upgrades: count, traffic, switches, took });
}

/**
 * Ways in which a new version fails: what is wrong with its configuration, or code that runs in its manager or its workers
 * before their own.
 *
 * @type {Record<string, { settings?: object, manager?: string, worker?: string }>}
 */
export const faults = {
  "its configuration is wrong": { settings: { limits: { head: "a lot" } } },
  "its workers exit before they are ready": { worker: "process.exit(3);" },
  "its workers are never ready": { worker: "await new Promise(() => setInterval(() => {}, 1_000));" },
  "its manager throws 150 ms after it serves": {
    manager: `onServing(() => { throw new Error("the cache is broken"); }, 150);`,
  },
  "its manager calls `process.exit` 150 ms after it serves": {
    manager: "onServing(() => process.exit(4), 150);",
  },
  "its manager is killed (`SIGKILL`) 5 ms after it serves": {
    manager: `onServing(() => process.kill(process.pid, "SIGKILL"), 5);`,
  },
};

/** Runs `code` in managers or workers of the version that fails, where it has an effect. */
const preload = (/** @type {{ manager?: string, worker?: string }} */ { manager = "", worker = "" }) => `
import { subscribe } from "node:diagnostics_channel";
const onServing = (deed, afterMs) =>
  subscribe("millrace.handoff", ({ type, phase }) => {
    if (type === "phase" && phase === "serving") setTimeout(deed, afterMs);
  });
if (process.argv[2] === "proxy") { ${manager} }
if (process.argv[2] === "worker") { ${worker} }
`;

/** Lets a new version fail under load. @param {string} fault @returns {Promise<Row>} */
export async function failUnderLoad(fault) {
  const { start, port, folder, close } = await openProxies({ handoff: { ready: "2s", probation: "5s" } });
  await start().ready;
  const { settings = {}, ...code } = faults[fault] ?? {};
  const file = join(folder, "fault.mjs");
  writeFileSync(file, preload(code));
  const traffic = startTraffic(port, everyKind);
  await pause(300);
  const at = performance.now();
  await start(/** @type {Record<string, unknown>} */ (settings), {
    NODE_OPTIONS: `--import=${pathToFileURL(file)}`,
  }).exited;
  const switches = [at, performance.now()];
  await pause(500);
  await traffic.stop();
  await close();
  return row({ what: `new version: ${fault}`, upgrades: 1, traffic, switches });
}

async function main() {
  const after = (/** @type {string} */ flag) => {
    const at = process.argv.indexOf(flag);
    return at < 0 ? undefined : process.argv[at + 1];
  };
  const only = after("--only");
  const is = (/** @type {string} */ part) => only === undefined || only === part;
  const runs = [
    ...(is("upgrades") ? [() => replaceUnderLoad(Number(after("--upgrades") ?? 20))] : []),
    ...(is("faults") ? Object.keys(faults).map((fault) => () => failUnderLoad(fault)) : []),
  ];
  if (runs.length > 0) console.log(head);
  const notes = [];
  for (const run of runs) {
    const { line, reasons } = format(await run());
    console.log(line);
    notes.push(...reasons);
  }
  if (notes.length > 0) console.log(`\n${notes.join("\n")}`);
  if (is("kills")) await tellKills(Number(after("--seed") ?? 1));
}

/** @param {number} seed */
async function tellKills(seed) {
  const { outcomes, faults: wrong, refusals, answered, broken } = await killProxies({ rounds: 20, seed });
  console.log("\n| killed | in the end | times |\n|---|---|---:|");
  for (const [name, count] of [...outcomes].sort())
    console.log(`| ${name.replace(": ", " | ")} | ${count} |`);
  console.log(
    `\n${answered} answered, ${broken} broken with the process that had them, ${refusals.length} refused`,
  );
  for (const line of [...wrong, ...refusals.slice(0, 5)]) console.log(line);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) await main();
