import { resolve } from "node:path";
import { Command, InvalidArgumentError, Option } from "commander";
import type { DaemonDocument } from "../config/daemon.js";
import { isHandoffName } from "../config/handoff.js";
import { parseServerUrl } from "../config/server-url.js";
import { addressOption } from "./address-option.js";
import { finishing } from "./exit.js";
import { runProxy } from "./run-proxy.js";

/** What `millrace proxy` is given. */
interface ProxyFlags {
  readonly config?: string;
  readonly listen?: string[];
  readonly admin?: string | false;
  readonly workers?: number;
  readonly origin?: string[];
  readonly state?: string;
  readonly handoff?: false;
  readonly handoffName?: string;
  readonly pidFile?: string;
  readonly logLevel?: "debug" | "info" | "warn" | "error" | "silent";
  readonly logFormat?: "auto" | "text" | "json";
}

const examples = `
Examples:
  millrace proxy --origin http://127.0.0.1:12345
  millrace proxy --listen 127.0.0.1:8080 --workers 2 --state pool.json
  millrace proxy --config millrace.yaml

Start it again, in a new version or with a new configuration, and it takes over from the one that runs: no request is lost.

Signals:
  SIGTERM, SIGINT   finish what runs, then end; a second one ends at once
  SIGHUP            read the configuration file again
  SIGUSR2           start again with the same arguments, and hand over to that`;

/** Makes `millrace proxy`. */
export function proxyCommand(): Command {
  return new Command("proxy")
    .description("run the proxy")
    .option("--config <file>", "configuration file, YAML")
    .option("--listen <address>", "where clients connect; may be repeated (default: 0.0.0.0:8080)", addresses)
    .option("--admin <address>", "where the admin API listens (default: 127.0.0.1:8687)", addressText)
    .option("--no-admin", "run without an admin API")
    .addOption(
      new Option("--workers <number>", "processes that carry traffic (default: one a processor)").argParser(
        workerCount,
      ),
    )
    .option("--origin <url>", "a server of the pool; may be repeated", urls)
    .option("--state <file>", "keep the pool in this file across restarts")
    .option("--handoff-name <name>", "what the next start finds it by (default: proxy-PORT)", handoffName)
    .option("--no-handoff", "take over from nobody, and let nobody take over")
    .option("--pid-file <file>", "a file with the id of the process that serves")
    .addOption(
      new Option("--log-level <level>", "least level that is logged").choices([
        "debug",
        "info",
        "warn",
        "error",
        "silent",
      ]),
    )
    .addOption(
      new Option("--log-format <format>", "lines for people, or JSON").choices(["auto", "text", "json"]),
    )
    .addHelpText("after", examples)
    .action(finishing((flags: ProxyFlags) => runProxy(toDocument(flags), flags.config)));
}

function toDocument({
  listen,
  admin,
  workers,
  origin,
  state,
  handoff,
  handoffName,
  pidFile,
  logLevel,
  logFormat,
}: ProxyFlags): DaemonDocument {
  const named = { ...(handoffName && { name: handoffName }), ...(pidFile && { pidFile: resolve(pidFile) }) };
  return {
    ...(listen && { listen }),
    // commander takes the absence of --no-admin for --admin.
    ...(typeof admin === "string" || admin === false ? { admin } : {}),
    ...(workers === undefined ? {} : { workers }),
    ...(origin && { servers: origin.map((url) => ({ url })) }),
    ...(state === undefined ? {} : { state }),
    // commander says true where neither of them is given.
    ...(handoff === false ? { handoff } : Object.keys(named).length > 0 ? { handoff: named } : {}),
    ...(logLevel || logFormat
      ? { log: { ...(logLevel && { level: logLevel }), ...(logFormat && { format: logFormat }) } }
      : {}),
  };
}

function addressText(text: string): string {
  addressOption(text);
  return text;
}

function addresses(text: string, before: string[] = []): string[] {
  return [...before, addressText(text)];
}

function urls(text: string, before: string[] = []): string[] {
  const url = parseServerUrl(text);
  if (typeof url === "string") throw new InvalidArgumentError(url);
  return [...before, text];
}

function handoffName(text: string): string {
  if (isHandoffName(text)) return text;
  throw new InvalidArgumentError("expected up to 64 letters, digits, dots, dashes and underscores");
}

function workerCount(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1 && count <= 1_024) return count;
  throw new InvalidArgumentError("expected a whole number from 1 to 1024");
}
