import { readDocument } from "millrace/config";
import { type DaemonDocument, daemonSchema } from "./daemon.js";

/**
 * Reads and checks the text of a configuration file. Everything that is wrong with it is reported at
 * once, each fault on its own line as `file:line:column: field: what is wrong`.
 *
 * @throws ConfigError
 */
export function parseConfig(text: string, file: string): DaemonDocument {
  return readDocument(daemonSchema, { text, file }).written as DaemonDocument;
}
