import { Command, CommanderError } from "commander";
import { version } from "../version.js";
import { exitCodes } from "./exit.js";
import { originCommand } from "./origin-command.js";
import { proxyCommand } from "./proxy-command.js";
import { runCommand } from "./run-command.js";
import { serversCommand } from "./servers-command.js";
import { statsCommand } from "./stats-command.js";
import { restartCommand, statusCommand } from "./status-command.js";

const examples = `
Examples:
  millrace proxy --origin http://127.0.0.1:12345
  millrace origin
  millrace servers list
  millrace stats --watch

Exit codes:
  0 done   1 failed   2 not asked for properly   3 the admin API does not answer`;

const program = new Command("millrace")
  .description("The traffic layer for TypeScript services: a reverse proxy whose pool is an API.")
  .version(version)
  .addCommand(proxyCommand())
  .addCommand(originCommand())
  .addCommand(serversCommand())
  .addCommand(statsCommand())
  .addCommand(runCommand())
  .addCommand(statusCommand())
  .addCommand(restartCommand())
  .addHelpText("after", examples);

exitWithOwnCodes(program);
// A proxy goes on when nobody reads what it prints; for all else that is the end: `millrace stats | head`.
if (process.argv[2] !== "proxy") process.stdout.on("error", endQuietly);
try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  process.exitCode = error.exitCode === 0 ? 0 : exitCodes.usage;
}

function endQuietly(error: NodeJS.ErrnoException): void {
  if (error.code !== "EPIPE") throw error;
  process.exit();
}

/** Asked for nothing, a command tells what it can do, and that is no failure. */
function showHelp(command: Command): never {
  command.outputHelp();
  throw new CommanderError(0, "commander.help", "(outputHelp)");
}

/** Leaves the choice of exit codes to this file, for a command and all below it. */
function exitWithOwnCodes(command: Command): void {
  command.exitOverride().showHelpAfterError("(--help shows how)").allowExcessArguments(false);
  if (command.commands.length > 0) command.help = () => showHelp(command);
  for (const inner of command.commands) exitWithOwnCodes(inner);
}
