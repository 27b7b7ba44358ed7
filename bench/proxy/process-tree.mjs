import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

const ticksPerSecond = Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }));

/**
 * `pid` and all its living descendants, parents before children.
 *
 * @param {number} pid
 * @returns {number[]}
 */
export function processTree(pid) {
  const parents = new Map(runningPids().map((each) => [each, parentOf(each)]));
  const tree = [pid];
  for (const parent of tree) {
    for (const [child, itsParent] of parents) if (itsParent === parent) tree.push(child);
  }
  return tree;
}

/**
 * User and system time that the processes have used since they started, in milliseconds.
 *
 * @param {readonly number[]} pids
 * @throws Error when one of them has ended, since its share would be lost
 */
export function cpuMs(pids) {
  let ticks = 0;
  for (const pid of pids) {
    const fields = statFields(pid);
    if (fields === undefined) throw new Error(`process ${pid} ended while it was measured`);
    ticks += Number(fields[11]) + Number(fields[12]);
  }
  return (ticks * 1_000) / ticksPerSecond;
}

/** Resident memory of one process in bytes; 0 once it has ended. */
export function residentBytes(/** @type {number} */ pid) {
  try {
    const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    return Number(kilobytes ?? 0) * 1_024;
  } catch {
    return 0;
  }
}

function runningPids() {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

function parentOf(/** @type {number} */ pid) {
  return Number(statFields(pid)?.[1] ?? 0);
}

/** The fields of /proc/PID/stat from the state on: the name before it may hold spaces and brackets. */
function statFields(/** @type {number} */ pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  } catch {
    return undefined;
  }
}
