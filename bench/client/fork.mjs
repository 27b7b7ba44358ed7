import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/**
 * Starts a script of this folder in a process of its own, which ends with this one; pinned to one core if
 * `cpu` is given. Settles with the first message it sends.
 *
 * @param {string} script
 * @param {{ args?: readonly string[], cpu?: number | undefined }} options
 */
export async function forked(script, { args = [], cpu } = {}) {
  const pinned =
    cpu === undefined ? {} : { execPath: "taskset", execArgv: ["-c", String(cpu), process.execPath] };
  const child = fork(fileURLToPath(new URL(script, import.meta.url)), args, pinned);
  const first = await heard(child);
  return { child, first };
}

/**
 * The next message of a process.
 *
 * @param {import("node:child_process").ChildProcess} child
 */
export async function heard(child) {
  const ended = new AbortController();
  const early = once(child, "exit", { signal: ended.signal }).then(() => {
    throw new Error(`${child.spawnargs.join(" ")} ended early`);
  });
  const [message] = await Promise.race([once(child, "message"), early]);
  early.catch(() => {});
  ended.abort();
  return message;
}
