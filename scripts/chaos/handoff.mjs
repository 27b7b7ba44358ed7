// npm run chaos:handoff: upgrades a program again and again under load, lets new versions fail in every way, and does
// the same to node:cluster's rolling restart.
//
//   npm run chaos:handoff                    50 upgrades, all faults, cluster, speed
//   npm run chaos:handoff -- --upgrades 5    fewer
//   npm run chaos:handoff -- --only handoff  one of: handoff, forward, faults, kill, cluster, speed
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { startTraffic } from "./load.mjs";

const program = fileURLToPath(new URL("./program.mjs", import.meta.url));
const everyKind = { kept: 4, new: 4, slow: 2, download: 1, upload: 1, websocket: 2 };
const smallOnly = { kept: 4, new: 4 };

/** Ways in which a new version fails. All but SIGKILL are to fail no request. */
export const faults = [
  "exit-before-ready",
  "hang",
  "throw-after-ready",
  "throw-in-probation",
  "reject-in-probation",
  "exit-in-probation",
  "kill-after-ready",
];

/**
 * @typedef {object} Row
 * @property {string} what
 * @property {number} upgrades
 * @property {number} answered
 * @property {number} failed
 * @property {number} steadyP99 of small requests, in milliseconds
 * @property {number} switchP99 of those within 100 ms of a switch
 * @property {number} startMs from the start of a process until it serves, median
 * @property {string[]} reasons
 */

/** Upgrades `count` times under load. @param {string} what @param {number} count @param {object} [options] @returns {Promise<Row>} */
export async function upgradeUnderLoad(what, count, options = {}) {
  const parts = await setup();
  const { start, port } = parts;
  await start({ release: "r0", probationMs: 100, ...options }).ready;
  const traffic = startTraffic(port, everyKind);
  const switches = [];
  const took = [];
  for (let index = 1; index <= count; index += 1) {
    await pause(300);
    const at = performance.now();
    await start({ release: `r${index}`, probationMs: 100, ...options }).ready;
    switches.push(performance.now());
    took.push(performance.now() - at);
  }
  await pause(300);
  await traffic.stop();
  await parts.close();
  return row(what, count, traffic, switches, took);
}

/** Lets a new version fail, under load. @param {string} fault @returns {Promise<Row>} */
export async function failUnderLoad(fault) {
  const parts = await setup();
  const { start, port } = parts;
  await start({ release: "old", readyMs: 1_500 }).ready;
  const traffic = startTraffic(port, smallOnly);
  const failing = start({ release: "new", fault, probationMs: 5_000 });
  await failing.exited;
  await pause(500);
  await traffic.stop();
  await parts.close();
  return row(fault, 1, traffic, [], []);
}

/** Kills the process that serves, and starts the next at once. @returns {Promise<Row>} */
export async function killOwner() {
  const parts = await setup();
  const { start, port } = parts;
  const first = start({ release: "old" });
  await first.ready;
  first.child.kill("SIGKILL");
  await first.exited;
  const at = performance.now();
  await start({ release: "new" }).ready;
  const ms = performance.now() - at;
  const traffic = startTraffic(port, smallOnly);
  await pause(500);
  await traffic.stop();
  await parts.close();
  return row("old one killed, next start", 1, traffic, [], [ms]);
}

/** @param {number} count @returns {Promise<Row>} */
async function restartCluster(count) {
  const parts = await setup();
  const { start, port } = parts;
  const primary = start({ mode: "cluster", release: "c" });
  await primary.ready;
  const traffic = startTraffic(port, everyKind);
  const switches = [];
  const took = [];
  for (let index = 1; index <= count; index += 1) {
    await pause(300);
    const at = performance.now();
    const said = once(/** @type {import("node:stream").Readable} */ (primary.child.stdout), "data");
    primary.child.kill("SIGUSR2");
    await said;
    switches.push(performance.now());
    took.push(performance.now() - at);
  }
  await pause(300);
  await traffic.stop();
  await parts.close();
  return row("node:cluster, rolling restart", count, traffic, switches, took);
}

/** Processor time that the servers take for a request on kept connections: plain, handed over, behind a front. */
async function speed() {
  const parts = await setup();
  const { start, port } = parts;
  /** @type {Record<string, number[]>} */
  const figures = { plain: [], passed: [], forwarded: [] };
  for (let round = 0; round < 5; round += 1) {
    for (const name of Object.keys(figures)) {
      const ways = [name === "passed" ? "pass" : "forward"];
      const first = start(name === "plain" ? { mode: "plain" } : { release: "a", ways, probationMs: 0 });
      await first.ready;
      const second = name === "plain" ? undefined : start({ release: "b", ways, probationMs: 0 });
      await second?.ready;
      await pause(300);
      const serving = [first, second].flatMap((one) => (one && one.child.exitCode === null ? [one] : []));
      figures[name]?.push(
        await cpuPerRequest(
          port,
          serving.map(({ child }) => Number(child.pid)),
        ),
      );
      for (const one of serving) one.child.kill("SIGKILL");
      await Promise.all(serving.map(({ exited }) => exited));
    }
  }
  await parts.close();
  const plain = figures["plain"] ?? [];
  for (const [name, rounds] of Object.entries(figures)) {
    const ratios = rounds.map((figure, index) => figure / (plain[index] ?? figure));
    console.log(
      `${name}: ${median(rounds).toFixed(1)} us CPU a request, ${median(ratios).toFixed(2)} of plain`,
    );
  }
}

/** Microseconds of processor time a request, over two seconds on 16 kept connections. @param {number} port @param {number[]} pids */
async function cpuPerRequest(port, pids) {
  let answered = 0;
  const request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  const sockets = Array.from({ length: 16 }, () => {
    const socket = connect(port, "127.0.0.1", () => socket.write(request));
    socket.on("data", () => {
      answered += 1;
      socket.write(request);
    });
    socket.on("error", () => undefined);
    return socket;
  });
  await pause(1_000);
  const before = cpuMs(pids);
  answered = 0;
  await pause(2_000);
  const used = cpuMs(pids) - before;
  const figure = (used * 1_000) / answered;
  for (const socket of sockets) socket.destroy();
  return figure;
}

/** What the system has charged to processes, in milliseconds (proc(5), fields 14 and 15, a hundredth of a second each). */
function cpuMs(/** @type {number[]} */ pids) {
  return pids.reduce((sum, pid) => {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /, "")
      .split(" ");
    return sum + 10 * (Number(fields[11]) + Number(fields[12]));
  }, 0);
}

async function setup() {
  const folder = mkdtempSync(join(tmpdir(), "mr-chaos-"));
  const port = await freePort();
  /** @type {{ child: import("node:child_process").ChildProcess, exited: Promise<unknown> }[]} */
  const all = [];
  const start = (/** @type {object} */ options) => {
    const given = JSON.stringify({ mode: "handoff", port, folder: join(folder, "run"), ...options });
    // What a version that fails has to say of it is not to stand in the table.
    const errors = "fault" in options ? "ignore" : "inherit";
    const child = spawn(process.execPath, [program, given], { stdio: ["ignore", "pipe", errors] });
    const exited = once(child, "exit");
    const ready = new Promise((resolve, reject) => {
      child.stdout.setEncoding("utf8").on("data", (/** @type {string} */ text) => {
        if (text.includes("ready")) resolve(undefined);
        else if (text.includes("error")) reject(new Error(text));
      });
      void exited.then(() => reject(new Error("ended before it was ready")));
    });
    ready.catch(() => undefined);
    const started = { child, exited, ready };
    all.push(started);
    return started;
  };
  const close = async () => {
    for (const { child } of all)
      if (child.exitCode === null && child.signalCode === null) child.kill("SIGTERM");
    const late = setTimeout(() => {
      for (const { child } of all) child.kill("SIGKILL");
    }, 5_000);
    await Promise.all(all.map(({ exited }) => exited));
    clearTimeout(late);
    rmSync(folder, { recursive: true, force: true });
  };
  return { start, port, close };
}

async function freePort() {
  const server = createServer();
  await new Promise((/** @type {(value: void) => void} */ resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/**
 * @param {string} what @param {number} upgrades @param {import("./load.mjs").Traffic} traffic
 * @param {number[]} switches @param {number[]} took
 * @returns {Row}
 */
function row(what, upgrades, { answers, failures }, switches, took) {
  const small = answers.filter(({ kind }) => kind === "kept" || kind === "new");
  const near = ({ at = 0, ms = 0 }) => switches.some((when) => at < when + 100 && at + ms > when - 100);
  return {
    what,
    upgrades,
    answered: answers.length,
    failed: failures.length,
    steadyP99: percentile(small.filter((one) => !near(one)).map(({ ms }) => ms)),
    switchP99: percentile(small.filter(near).map(({ ms }) => ms)),
    startMs: median(took),
    reasons: [...new Set(failures.map(({ kind, why }) => `${kind}: ${why}`))],
  };
}

function percentile(/** @type {number[]} */ values) {
  return values.sort((a, b) => a - b)[Math.floor(values.length * 0.99)] ?? 0;
}

function median(/** @type {number[]} */ values) {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

function pause(/** @type {number} */ ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function print(
  /** @type {Row} */ { what, upgrades, answered, failed, steadyP99, switchP99, startMs, reasons },
) {
  const ms = (/** @type {number} */ value) => (value === 0 ? "–" : value.toFixed(1)).padStart(8);
  const cells = [
    what.padEnd(34),
    `${upgrades}`.padStart(8),
    `${answered}`.padStart(9),
    `${failed}`.padStart(7),
  ];
  console.log(`| ${[...cells, ms(steadyP99), ms(switchP99), ms(startMs)].join(" | ")} |`);
  for (const reason of reasons.slice(0, 5)) console.log(`    ${reason}`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const flag = (/** @type {string} */ name) => process.argv[process.argv.indexOf(`--${name}`) + 1];
  const upgrades = process.argv.includes("--upgrades") ? Number(flag("upgrades")) : 50;
  const only = process.argv.includes("--only") ? flag("only") : undefined;
  const wanted = (/** @type {string} */ name) => only === undefined || only === name;
  console.log(
    "| what                               | upgrades |  answered |  failed |  p99 ms | at switch | start ms |",
  );
  console.log(
    "| ---------------------------------- | -------: | --------: | ------: | ------: | --------: | -------: |",
  );
  if (wanted("handoff")) print(await upgradeUnderLoad("handoff, sockets passed", upgrades));
  if (wanted("forward"))
    print(await upgradeUnderLoad("handoff, bytes forwarded", upgrades, { ways: ["forward"] }));
  if (wanted("faults")) {
    for (const fault of faults) print(await failUnderLoad(fault));
  }
  if (wanted("kill")) print(await killOwner());
  if (wanted("cluster")) print(await restartCluster(upgrades));
  if (wanted("speed")) await speed();
}
