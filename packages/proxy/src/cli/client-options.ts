import { type Command, Option } from "commander";
import { AdminClient } from "./admin-client.js";

/** Options of every command that talks to a running proxy. */
export interface ClientOptions {
  readonly admin: string;
  readonly json?: true;
}

/** Adds the options of {@link ClientOptions}. */
export function addClientOptions(command: Command): Command {
  const admin = new Option("--admin <address>", "where the admin API of the proxy is")
    .env("MILLRACE_ADMIN")
    .default("127.0.0.1:8687");
  return command.addOption(admin).option("--json", "print what the admin API says, as JSON");
}

/** Makes the client that the options ask for. */
export function clientOf({ admin }: ClientOptions): AdminClient {
  return new AdminClient(admin);
}

/** Prints a document as JSON if that is wanted, and else as `toText` shows it. */
export function print<T extends object>(
  { json }: ClientOptions,
  document: T,
  toText: (document: T) => string,
): void {
  process.stdout.write(`${json ? JSON.stringify(document, null, 2) : toText(document)}\n`);
}
