// npm run chaos:proxy: replaces a running proxy again and again under load, and has a new one die on probation.
//
//   npm run chaos:proxy                    20 upgrades
//   npm run chaos:proxy -- --upgrades 5    fewer
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { startTraffic } from "./load.mjs";

const command = fileURLToPath(new URL("../../packages/proxy/bin/millrace.js", import.meta.url));
const everyKind = { kept: 4, new: 4, slow: 2, download: 1, upload: 1 };

/** Replaces the proxy `count` times under load. @param {number} count */
export async function replaceUnderLoad(count) {
  const parts = await setup();
  const first = await parts.start();
  const traffic = startTraffic(first.port, everyKind);
  const took = [];
  for (let index = 0; index < count; index += 1) {
    const at = performance.now();
    await parts.start();
    took.push(performance.now() - at);
    await pause(300);
  }
  await traffic.stop();
  await parts.close();
  const startMs = took.sort((a, b) => a - b)[Math.floor(took.length / 2)] ?? 0;
  return { answered: traffic.answers.length, failures: traffic.failures, startMs };
}

async function setup() {
  const folder = mkdtempSync(join(tmpdir(), "mr-chaos-"));
  const origin = createServer((request, response) => {
    if (request.url === "/large") response.end(Buffer.alloc(1 << 20));
    else if (request.url === "/slow") setTimeout(() => response.end("slow"), 300);
    else request.resume().once("end", () => response.end("ok"));
  });
  await once(origin.listen(0, "127.0.0.1"), "listening");
  const { port: originPort } = /** @type {import("node:net").AddressInfo} */ (origin.address());
  const args = ["proxy", "--listen", "127.0.0.1:0", "--no-admin", "--workers", "2", "--log-format", "json"];
  const named = ["--handoff-name", "chaos", "--origin", `http://127.0.0.1:${originPort}`];
  /** @type {import("node:child_process").ChildProcess[]} */
  const all = [];
  const start = async () => {
    const child = spawn(process.execPath, [command, ...args, ...named], {
      stdio: ["ignore", "ignore", "pipe"],
      env: { ...process.env, MILLRACE_RUNTIME_DIR: join(folder, "run") },
    });
    all.push(child);
    return { port: await portOf(child) };
  };
  return {
    start,
    async close() {
      const alive = all.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null);
      const gone = alive.map((child) => once(child, "exit"));
      for (const child of alive) child.kill("SIGTERM");
      for (const child of alive) child.kill("SIGINT");
      await Promise.all(gone);
      origin.closeAllConnections();
      origin.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Settles when it serves. @param {import("node:child_process").ChildProcess} child @returns {Promise<number>} */
function portOf(child) {
  return new Promise((resolve, reject) => {
    let text = "";
    child.stderr?.setEncoding("utf8").on("data", (/** @type {string} */ more) => {
      text += more;
      const line = text.split("\n").find((one) => one.includes('"proxy is running"'));
      if (line) resolve(JSON.parse(line).addresses[0].port);
    });
    child.once("exit", () => reject(new Error(`ended before it served: ${text}`)));
  });
}

function pause(/** @type {number} */ ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const flag = process.argv.indexOf("--upgrades");
  const upgrades = flag < 0 ? 20 : Number(process.argv[flag + 1]);
  const { answered, failures, startMs } = await replaceUnderLoad(upgrades);
  console.log("| what              | upgrades | answered | failed | start ms |");
  console.log("| ----------------- | -------: | -------: | -----: | -------: |");
  const cells = [upgrades, answered, failures.length, startMs.toFixed(0)];
  console.log(`| proxy, taken over | ${cells.join(" | ")} |`);
  for (const { kind, why } of failures.slice(0, 5)) console.log(`    ${kind}: ${why}`);
}
