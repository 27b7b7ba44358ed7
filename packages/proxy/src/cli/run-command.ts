import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { constants } from "node:os";
import { basename, resolve } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import { systemClock } from "millrace/base";
import { parseDuration } from "millrace/config";
import { programName, stayFor } from "millrace/handoff";
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
    .option("--name <name>", "what the program is found by (default: those of its package and script)")
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
  const start = () => startWrapped(program, args, JSON.stringify(options));
  const code = await passingSignals(start());
  if (code === 0 && (stay ?? process.pid === 1))
    await stayFor({ name, folder }, systemClock, { restart: () => once(start(), "spawn") });
  process.exitCode = code;
}

/** Starts the program with the preload. */
function startWrapped(program: string, args: readonly string[], options: string): ChildProcess {
  const preload = new URL(import.meta.resolve("millrace/handoff/register"));
  const { NODE_OPTIONS: before = "" } = process.env as { NODE_OPTIONS?: string };
  return spawn(program, args, {
    stdio: "inherit",
    env: {
      ...process.env,
      NODE_OPTIONS: `${before} --import=${preload.href}`.trim(),
      MILLRACE_HANDOFF: options,
    },
  });
}

/** Settles with the exit code of the program. Signals reach it as if it were here. */
async function passingSignals(child: ChildProcess): Promise<number> {
  const pass = (signal: NodeJS.Signals) => void child.kill(signal);
  const { stdin, stdout, stderr } = process;
  const terminal = stdin.isTTY || stdout.isTTY || stderr.isTTY;
  for (const signal of ["SIGTERM", "SIGHUP", "SIGUSR2"] as const) process.on(signal, pass);
  // A terminal tells the program itself.
  const passSigint = terminal ? () => undefined : pass;
  process.on("SIGINT", passSigint);
  try {
    return await new Promise((settle, reject) => {
      child.once("error", (cause) =>
        reject(new Error(`${child.spawnfile} cannot be run: ${cause.message}`, { cause })),
      );
      child.once("exit", (code, signal) => settle(code ?? 128 + constants.signals[signal!]));
    });
  } finally {
    // Who stays listens from the same moment on: process 1 loses a signal for which nobody listens.
    setImmediate(() => {
      for (const signal of ["SIGTERM", "SIGHUP", "SIGUSR2"] as const) process.off(signal, pass);
      process.off("SIGINT", passSigint);
    });
  }
}

/** By the script, where the command names one. */
function nameOf(command: readonly string[]): string {
  const [program = "program"] = command;
  const isNode = /^node(\.exe)?$/.test(basename(program));
  const script = command.find((word, index) => index > 0 && isScript(word, command[index - 1], isNode));
  return programName(resolve(script ?? program));
}

function isScript(word: string, before: string | undefined, isNode: boolean): boolean {
  if (word.startsWith("-") || takesModule.test(before ?? "")) return false;
  return isNode || /\.[cm]?[jt]s$/.test(word);
}

/** Options of Node whose value is the next word. */
const takesModule = /^(-r|-C|--require|--import|--loader|--experimental-loader|--conditions)$/;

function duration(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined) throw new InvalidArgumentError("Expected a duration such as 30s.");
  return ms;
}
