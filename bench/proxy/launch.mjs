import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { installed } from "./environment.mjs";
import { processTree } from "./process-tree.mjs";

/**
 * @typedef {object} Launched
 * @property {number} pid
 * @property {() => boolean} running
 * @property {() => string} output the last lines it wrote, for the message when it fails
 * @property {Promise<string>} finished everything it wrote to standard output, once it has ended
 * @property {() => Promise<void>} stop asks, waits, then insists. Idempotent.
 */

const graceMs = 2_000;
const outputChars = 100_000;
const hasDeathSignal = installed("setpriv");

/** @type {Set<import("node:child_process").ChildProcess>} */
const alive = new Set();

process.on("exit", () => {
  for (const child of alive) signalTree(child.pid, "SIGKILL");
});
for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"])) {
  process.once(signal, () => process.exit(130));
}

/**
 * Starts a command that cannot outlive this process, pinned to one core if `cpu` is given.
 *
 * The wrappers replace themselves by the command, so that `pid` is the command's.
 *
 * @param {readonly string[]} command
 * @param {{ cpu?: number | undefined, env?: NodeJS.ProcessEnv }} options `env` is added to ours
 * @returns {Launched}
 */
export function launch(command, { cpu, env } = {}) {
  const [program, ...args] = [
    ...(hasDeathSignal ? ["setpriv", "--pdeathsig", "TERM"] : []),
    ...(cpu === undefined ? [] : ["taskset", "-c", String(cpu)]),
    ...command,
  ];
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, ...env } });
  const { pid } = child;
  if (pid === undefined) throw new Error(`cannot start ${program}`);
  alive.add(child);

  let written = "";
  let standardOutput = "";
  child.stdout.setEncoding("utf8").on("data", (chunk) => {
    standardOutput = (standardOutput + chunk).slice(-outputChars);
    written = (written + chunk).slice(-outputChars);
  });
  child.stderr.setEncoding("utf8").on("data", (chunk) => (written = (written + chunk).slice(-outputChars)));

  const finished = once(child, "close").then(() => {
    alive.delete(child);
    return standardOutput;
  });
  const running = () => child.exitCode === null && child.signalCode === null;
  return {
    pid,
    running,
    finished,
    output: () => written.trim().split("\n").slice(-8).join("\n"),
    async stop() {
      if (!running()) return;
      const tree = processTree(pid);
      child.kill("SIGTERM");
      await Promise.race([finished, sleep(graceMs, undefined, { ref: false })]);
      for (const each of running() ? tree : []) signal(each, "SIGKILL");
      await finished;
    },
  };
}

function signalTree(/** @type {number | undefined} */ pid, /** @type {NodeJS.Signals} */ name) {
  if (pid === undefined) return;
  for (const each of processTree(pid)) signal(each, name);
}

function signal(/** @type {number} */ pid, /** @type {NodeJS.Signals} */ name) {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended by itself meanwhile.
  }
}
