// npm run chaos:handoff: upgrades a program again and again under load, lets new versions fail in every way, and does
// the same to the rolling restart of node:cluster and to pm2 reload. Prints a table in markdown.
//
//   npm run chaos:handoff                    50 upgrades of each (10 of pm2), all faults
//   npm run chaos:handoff -- --upgrades 5    fewer
//   npm run chaos:handoff -- --only pass     one of: pass, forward, reuse-port, faults, kill, cluster, pm2, races
//   npm run chaos:handoff -- --seed 7        with other chances in the races
//
// The races come after the table: of three generations one is killed at a moment that chance chooses, 40 times each way.
//
// Where Node cannot share a port, that row is left out. pm2 is no dependency: it is fetched once, into
// node_modules/.cache; without a network its row is left out.
import { failUnderLoad, faults, killOwner, reloadPm2, restartCluster, upgradeUnderLoad } from "./handoff.mjs";
import { killAtRandom } from "./kills.mjs";
import { format, head } from "./table.mjs";

/** @typedef {import("./table.mjs").Row} Row */

const { upgrades, only, seed } = read(process.argv.slice(2));

/** @type {Record<string, (() => Promise<Row>)[]>} */
const runs = {
  pass: [() => upgradeUnderLoad("sockets passed", upgrades)],
  forward: [() => upgradeUnderLoad("bytes forwarded", upgrades, { ways: ["forward"] })],
  "reuse-port": [() => upgradeUnderLoad("one port, several sockets", upgrades, { ways: ["reuse-port"] })],
  faults: /** @type {(keyof typeof faults)[]} */ (Object.keys(faults)).map(
    (fault) => () => failUnderLoad(fault),
  ),
  kill: [killOwner],
  cluster: [() => restartCluster(upgrades)],
  // Each takes as long as the old one may.
  pm2: [() => reloadPm2(Math.min(10, upgrades))],
  races: [],
};
const asked = only === undefined ? Object.values(runs).flat() : runs[only];
if (!asked) throw new Error(`--only: expected one of ${Object.keys(runs).join(", ")}, found ${only}`);

const notes = [];
console.log(head);
for (const run of asked) {
  try {
    const { line, reasons } = format(await run());
    console.log(line);
    notes.push(...reasons.map((reason) => `${line.split(" | ")[0]?.slice(2)}: ${reason}`));
  } catch (error) {
    notes.push(/** @type {Error} */ (error).message);
  }
}
if (notes.length > 0) console.log(`\n${notes.join("\n")}`);
if (only === undefined || only === "races") await race();

async function race() {
  for (const way of ["pass", "forward"]) {
    const wrong = await killAtRandom({ rounds: 40, seed, ways: [way] });
    console.log(
      `\none of three killed, by ${way}, 40 rounds of seed ${seed}: ${wrong.join() || "one serves in the end"}`,
    );
  }
}

function read(/** @type {string[]} */ args) {
  const after = (/** @type {string} */ flag) =>
    args.includes(flag) ? args[args.indexOf(flag) + 1] : undefined;
  const [given, seed] = [after("--upgrades"), after("--seed")];
  return { upgrades: Number(given ?? 50), only: after("--only"), seed: Number(seed ?? 1) };
}
