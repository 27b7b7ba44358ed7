import { spawnSync } from "node:child_process";
import { availableParallelism, cpus, release } from "node:os";

/**
 * @typedef {object} Cores Where each process is pinned; all undefined when nothing can be pinned.
 * @property {number | undefined} proxy
 * @property {number | undefined} origin
 * @property {number | undefined} load
 */

const debianPackages = { nginx: "nginx-light", haproxy: "haproxy", wrk: "wrk" };

/** Whether `command` is on the path. */
export function installed(/** @type {string} */ command) {
  return spawnSync("sh", ["-c", `command -v ${command}`]).status === 0;
}

/**
 * The line that installs what is missing of `commands`, or undefined when nothing is.
 *
 * @param {readonly (keyof typeof debianPackages)[]} commands
 */
export function installLine(commands) {
  const missing = commands.filter((command) => !installed(command));
  if (missing.length === 0) return undefined;
  const packages = missing.map((command) => debianPackages[command]);
  return `apt-get update && apt-get install -y ${packages.join(" ")}`;
}

/**
 * Gives the proxy a core of its own, since what one core can carry is the
 * question; origin and load share the next one unless there is a third.
 *
 * @returns {Cores}
 */
export function planCores() {
  const count = availableParallelism();
  if (count < 2 || !installed("taskset")) return { proxy: undefined, origin: undefined, load: undefined };
  return { proxy: 0, origin: 1, load: count > 2 ? 2 : 1 };
}

/** What a reader needs to know before comparing the figures with others. */
export function describeEnvironment(/** @type {Cores} */ cores) {
  const { proxy, origin, load } = cores;
  const pinning = `proxy on CPU ${proxy}, origin on CPU ${origin}, load on CPU ${load}`;
  return [
    `node ${process.versions.node}`,
    `nginx ${version("nginx", ["-v"])}`,
    `HAProxy ${version("haproxy", ["-v"])}`,
    `wrk ${version("wrk", ["-v"])}`,
    `Linux ${release()}`,
    `${availableParallelism()} × ${cpus()[0]?.model.trim() || "unknown CPU"}`,
    proxy === undefined ? "nothing pinned" : pinning,
  ].join(", ");
}

function version(/** @type {string} */ command, /** @type {string[]} */ args) {
  const { stdout, stderr, error } = spawnSync(command, args, { encoding: "utf8" });
  if (error !== undefined) return "absent";
  return /\d+\.\d+(\.\d+)?/.exec(stdout + stderr)?.[0] ?? "of unknown version";
}
