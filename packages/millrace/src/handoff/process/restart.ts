import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, realpathSync } from "node:fs";
import { join, relative } from "node:path";
import { MillraceError } from "../../base/errors.js";

/** How this process was started, as far as it can be done again. */
export interface StartedWith {
  /** The program that runs it: the path of Node. */
  readonly command: string;
  /** What follows on the command line: options of Node, the script, and its arguments. */
  readonly args: readonly string[];
  /** The folder it was started in. */
  readonly cwd: string;
}

/** Remembers how this process was started. To be called before anything changes the folder that it works in. */
export function startedWith(env: NodeJS.ProcessEnv = process.env): StartedWith {
  const cwd = process.cwd();
  const named = env["PWD"];
  // A shell knows the folder by the name that people know it by, with links in it that may lead elsewhere by now.
  const asked = named && sameFolder(named, cwd) ? named : cwd;
  const [script, ...args] = process.argv.slice(1);
  return {
    command: process.execPath,
    args: [...process.execArgv, ...(script === undefined ? [] : [moved(script, cwd, asked)]), ...args],
    cwd: asked,
  };
}

/** What this process has started and that still runs. */
const running = new Set<ChildProcess>();

/** Ends what this process has started, and what has not taken over from it. */
export function endStarted(): void {
  for (const child of running) child.kill("SIGTERM");
}

/**
 * Starts this program again, in a process of its own that outlives this one. Settles when it runs. Calls `onExit` when it
 * has ended, should this process live to see that.
 *
 * @throws MillraceError `unavailable` when it cannot be started
 */
export function startAgain(
  { command, args, cwd }: StartedWith,
  env: NodeJS.ProcessEnv = process.env,
  onExit: () => void = () => undefined,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env, stdio: "inherit" });
    if (child.pid !== undefined) running.add(child);
    child.once("exit", () => {
      running.delete(child);
      onExit();
    });
    child.once("spawn", () => {
      child.unref();
      resolve(child.pid!);
    });
    child.once("error", (cause) =>
      reject(
        new MillraceError(`this program cannot be started again: ${reasonOf(cause, cwd)}`, {
          code: "unavailable",
          unsent: true,
          cause,
        }),
      ),
    );
  });
}

/** The system says of a folder that is gone that the program is missing. */
function reasonOf({ message }: Error, cwd: string): string {
  return existsSync(cwd) ? message : `its folder ${cwd} is gone`;
}

function moved(script: string, from: string, to: string): string {
  const inside = relative(from, script);
  return inside.startsWith("..") ? script : join(to, inside);
}

function sameFolder(one: string, other: string): boolean {
  try {
    return realpathSync(one) === realpathSync(other);
  } catch {
    return false;
  }
}
