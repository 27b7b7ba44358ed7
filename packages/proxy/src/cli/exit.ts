import { isMillraceError } from "millrace/base";
import { AdminAnswerError, AdminUnreachable } from "./admin-client.js";

/** How the command ends: 0 is success. */
export const exitCodes = {
  /** It could not be done. */
  failed: 1,
  /** It was not asked for properly: an option, an argument, the configuration. */
  usage: 2,
  /** The admin API does not answer. */
  unreachable: 3,
} as const;

/** Runs a command, and ends the process with a line on stderr and the right code if it fails. */
export function finishing<Args extends unknown[]>(command: (...args: Args) => Promise<void>) {
  return async (...args: Args): Promise<void> => {
    try {
      await command(...args);
    } catch (error) {
      process.stderr.write(`millrace: ${error instanceof Error ? error.message : String(error)}\n`);
      process.exitCode = exitCodeOf(error);
    }
  };
}

function exitCodeOf(error: unknown): number {
  if (error instanceof AdminUnreachable) return exitCodes.unreachable;
  if (error instanceof AdminAnswerError) return error.status === 400 ? exitCodes.usage : exitCodes.failed;
  return isMillraceError(error, "invalid-options") ? exitCodes.usage : exitCodes.failed;
}
