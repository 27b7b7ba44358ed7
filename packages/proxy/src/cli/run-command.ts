import { spawn } from "node:child_process";
import { constants } from "node:os";
import { basename, extname } from "node:path";
import { fileURLToPath } from "node:url";
import { Command, InvalidArgumentError } from "commander";
import { parseDuration } from "millrace/config";
import { readHandoffStatus } from "millrace/handoff";
import { finishing } from "./exit.js";

/** What `millrace run` is given. */
interface RunFlags {
  readonly name?: string;
  readonly folder?: string;
  readonly release?: string;
  readonly pidFile?: string;
  readonly drain?: number;
  readonly probation?: number;
  readonly ready?: number;
  readonly stay?: boolean;
}

const notes = `
Start it again to deploy: the new process takes the addresses over, the old one finishes its requests and leaves.

Examples:
  millrace run -- node server.js
  millrace run --name shop --drain 60s -- npm start
  kill -USR2 $(cat server.pid)      start it again from within`;

/** Makes `millrace run`. */
export function runCommand(): Command {
  return new Command("run")
    .description("run a Node program so that the next start of it takes over, without a request lost")
    .argument("<command...>", "the program and its arguments, after --")
    .option("--name <name>", "what the program is found by (default: the name of its script)")
    .option("--folder <folder>", "where the control socket is")
    .option("--release <release>", "what this version is called")
    .option("--pid-file <file>", "a file with the id of the process that serves")
    .option(
      "--drain <duration>",
      "how long connections may go on after the hand-over (default: 30s)",
      duration,
    )
    .option(
      "--probation <duration>",
      "how long the old process stays in case this one dies (default: 10s)",
      duration,
    )
    .option("--ready <duration>", "how long a new process may take until it listens (default: 60s)", duration)
    .option("--stay", "stay until no later version runs either (default: when this is process 1)")
    .addHelpText("after", notes)
    .action(finishing((command: string[], flags: RunFlags) => run(command, flags)));
}

async function run([program = "", ...args]: string[], flags: RunFlags): Promise<void> {
  const { name = nameOf([program, ...args]), folder, release, pidFile, stay } = flags;
  const options = {
    name,
    folder,
    release,
    pidFile,
    drainMs: flags.drain,
    probationMs: flags.probation,
    readyMs: flags.ready,
  };
  const code = await runWrapped(program, args, JSON.stringify(options));
  if (code === 0 && (stay ?? process.pid === 1)) await waitForSuccessors(name, folder);
  process.exitCode = code;
}

/** Runs the program with the preload, and settles with its exit code. Signals reach it as if it were here. */
function runWrapped(program: string, args: readonly string[], options: string): Promise<number> {
  const preload = new URL(import.meta.resolve("millrace/handoff/register"));
  const { NODE_OPTIONS: before = "" } = process.env as { NODE_OPTIONS?: string };
  const child = spawn(program, args, {
    stdio: "inherit",
    env: {
      ...process.env,
      NODE_OPTIONS: `${before} --import=${preload.href}`.trim(),
      MILLRACE_HANDOFF: options,
    },
  });
  const pass = (signal: NodeJS.Signals) => void child.kill(signal);
  for (const signal of ["SIGTERM", "SIGHUP", "SIGUSR2"] as const) process.on(signal, pass);
  // A terminal tells the program itself.
  process.on("SIGINT", () => undefined);
  return new Promise((resolve, reject) => {
    child.once("error", (cause) =>
      reject(new Error(`${program} cannot be run: ${cause.message}`, { cause })),
    );
    child.once("exit", (code, signal) => resolve(code ?? 128 + constants.signals[signal!]));
  });
}

/** Passes signals on to whoever serves, until nobody does. */
async function waitForSuccessors(name: string, folder: string | undefined): Promise<void> {
  let serving: number | undefined;
  for (const signal of ["SIGTERM", "SIGINT"] as const)
    process.on(signal, () => serving !== undefined && process.kill(serving, signal));
  do {
    await new Promise((resolve) => setTimeout(resolve, 500));
    const status = await readHandoffStatus({ name, folder }).catch(() => undefined);
    serving = status?.generations[0]?.pid;
  } while (serving !== undefined);
}

function nameOf(command: readonly string[]): string {
  const script = command.find((word) => /\.[cm]?[jt]s$/.test(word)) ?? command[0] ?? "program";
  return basename(fileURLToPath(new URL(script, "file:///")), extname(script));
}

function duration(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined) throw new InvalidArgumentError("Expected a duration such as 30s.");
  return ms;
}
