// Upgrades under load: a program is started again and again, fails in every way, is killed, and is restarted by others.
import { once } from "node:events";
import { startTraffic } from "./load.mjs";
import { openPm2 } from "./pm2.mjs";
import { openPrograms } from "./programs.mjs";
import { row } from "./table.mjs";

/** @typedef {import("./table.mjs").Row} Row */

const everyKind = { kept: 4, new: 4, slow: 2, download: 1, upload: 1, websocket: 2 };
const smallOnly = { kept: 4, new: 4 };

/** Ways in which a new version fails, and what they are called. All but SIGKILL are to fail no request. */
export const faults = {
  "exit-before-ready": "new version exits before it is ready",
  hang: "new version is never ready",
  "throw-after-ready": "new version throws 5 ms after it serves",
  "throw-in-probation": "new version throws 150 ms after it serves",
  "reject-in-probation": "new version has a rejection that nobody handles, 150 ms after it serves",
  "exit-in-probation": "new version calls `process.exit` 150 ms after it serves",
  "kill-after-ready": "new version is killed (`SIGKILL`) 5 ms after it serves",
};

/** Upgrades `count` times. @param {string} what @param {number} count @param {object} [options] @returns {Promise<Row>} */
export async function upgradeUnderLoad(what, count, options = {}) {
  const programs = await openPrograms();
  const { start, port } = programs;
  let release = 0;
  const next = () => start({ release: `r${release++}`, probationMs: 100, ...options }).ready;
  await next();
  return await againAndAgain({ what, count, port, upgrade: next, close: programs.close });
}

/** Lets a new version fail. @param {keyof typeof faults} fault @returns {Promise<Row>} */
export async function failUnderLoad(fault) {
  const { start, port, close } = await openPrograms();
  await start({ release: "old", readyMs: 1_500 }).ready;
  const traffic = startTraffic(port, smallOnly);
  await start({ release: "new", fault, probationMs: 5_000 }).exited;
  await pause(500);
  await traffic.stop();
  await close();
  return row({ what: faults[fault], upgrades: 1, traffic });
}

/** Kills the process that serves, and starts the next at once. @returns {Promise<Row>} */
export async function killOwner() {
  const { start, port, close } = await openPrograms();
  const first = start({ release: "old" });
  await first.ready;
  first.child.kill("SIGKILL");
  await first.exited;
  const at = performance.now();
  await start({ release: "new" }).ready;
  const took = [performance.now() - at];
  const traffic = startTraffic(port, smallOnly);
  await pause(500);
  await traffic.stop();
  await close();
  return row({ what: "old version is killed, and started again", upgrades: 1, traffic, took });
}

/** As the documents of Node show it: a new worker listens, then the old one disconnects. @param {number} count @returns {Promise<Row>} */
export async function restartCluster(count) {
  const { start, port, close } = await openPrograms();
  const { child, ready } = start({ mode: "cluster", release: "c" });
  await ready;
  const upgrade = async () => {
    const said = once(/** @type {import("node:stream").Readable} */ (child.stdout), "data");
    child.kill("SIGUSR2");
    await said;
  };
  return await againAndAgain({ what: "`node:cluster`, rolling restart", count, port, upgrade, close });
}

/** `pm2 reload` of one worker that finishes when it is told to. @param {number} count @returns {Promise<Row>} */
export async function reloadPm2(count) {
  const programs = await openPrograms();
  const pm2 = await openPm2(programs);
  const close = async () => {
    await pm2.close();
    await programs.close();
  };
  const what = `pm2 ${pm2.version}, \`pm2 reload\``;
  return await againAndAgain({ what, count, port: programs.port, upgrade: pm2.reload, close });
}

/**
 * @typedef {object} Upgrades
 * @property {string} what
 * @property {number} count
 * @property {number} port
 * @property {() => Promise<unknown>} upgrade settles once the next one serves
 * @property {() => Promise<void>} close
 */

/** @param {Upgrades} upgrades @returns {Promise<Row>} */
async function againAndAgain({ what, count, port, upgrade, close }) {
  const traffic = startTraffic(port, everyKind);
  const switches = [];
  const took = [];
  for (let index = 0; index < count; index += 1) {
    await pause(300);
    const at = performance.now();
    await upgrade();
    switches.push(performance.now());
    took.push(performance.now() - at);
  }
  await pause(300);
  await traffic.stop();
  await close();
  return row({ what, upgrades: count, traffic, switches, took });
}

function pause(/** @type {number} */ ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
