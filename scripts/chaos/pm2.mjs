// pm2, with a daemon of its own that ends with the run.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fromRoot } from "../root.mjs";
import { programFile } from "./programs.mjs";

const version = "7.0.4";
const home = fromRoot("node_modules/.cache/millrace/pm2", version);
const bin = join(home, "node_modules/pm2/bin/pm2");

/**
 * Starts the program as one worker of pm2, as its documents tell to: it says when it is ready, and finishes what it has
 * begun when it is told to end, for which it has 5 s: connections that are kept, or were upgraded, take all of them.
 *
 * @param {{ port: number, folder: string }} place
 * @throws Error when pm2 is not there and cannot be fetched
 */
export async function openPm2({ port, folder }) {
  fetchPm2();
  const env = { ...process.env, PM2_HOME: join(folder, "pm2"), PM2_DISABLE_VERSION_CHECK: "true" };
  const run = async (/** @type {string[]} */ ...args) => {
    const child = spawn(process.execPath, [bin, ...args], { env, stdio: "ignore" });
    const [code] = await once(child, "exit");
    if (code !== 0) throw new Error(`pm2 ${args[0]} has failed (${code})`);
  };
  const app = {
    name: "chaos",
    script: programFile,
    args: [JSON.stringify({ mode: "pm2", port, release: "p" })],
    exec_mode: "cluster",
    instances: 1,
    wait_ready: true,
    listen_timeout: 20_000,
    kill_timeout: 5_000,
  };
  const file = join(folder, "apps.json");
  writeFileSync(file, JSON.stringify({ apps: [app] }));
  await run("start", file);
  return { version, reload: () => run("reload", "chaos"), close: () => run("kill") };
}

/** Not among the dependencies: its licence (AGPL-3.0) and its size are not for everybody who works on Millrace. */
function fetchPm2() {
  if (existsSync(bin)) return;
  const args = [
    "install",
    "--prefix",
    home,
    "--no-save",
    "--no-package-lock",
    "--ignore-scripts",
    "--silent",
  ];
  const { status } = spawnSync("npm", [...args, `pm2@${version}`], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  if (status !== 0 || !existsSync(bin)) throw new Error(`pm2: left out, npm has no pm2@${version} to give`);
  const { version: found } = JSON.parse(readFileSync(join(home, "node_modules/pm2/package.json"), "utf8"));
  if (found !== version) throw new Error(`pm2: left out, npm gave ${found}`);
}
