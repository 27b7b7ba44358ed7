import { Command, Option } from "commander";
import type { DaemonDocument } from "../config/daemon.js";
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
  readonly logLevel?: "debug" | "info" | "warn" | "error" | "silent";
  readonly logFormat?: "auto" | "text" | "json";
}

const examples = `
Examples:
  millrace proxy --origin http://127.0.0.1:12345
  millrace proxy --listen 127.0.0.1:8080 --workers 2 --state pool.json
  millrace proxy --config millrace.yaml

Signals:
  SIGTERM, SIGINT   finish what runs, then end; a second one ends at once
  SIGHUP            read the configuration file again`;

/** Makes `millrace proxy`. */
export function proxyCommand(): Command {
  return new Command("proxy")
    .description("run the proxy")
    .option("--config <file>", "configuration file, YAML")
    .option("--listen <address>", "where clients connect; may be repeated (default: 0.0.0.0:8080)", collect)
    .option("--admin <address>", "where the admin API listens (default: 127.0.0.1:8687)")
    .option("--no-admin", "run without an admin API")
    .addOption(
      new Option("--workers <number>", "processes that carry traffic (default: one a processor)").argParser(
        Number,
      ),
    )
    .option("--origin <url>", "a server of the pool; may be repeated", collect)
    .option("--state <file>", "keep the pool in this file across restarts")
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
  logLevel,
  logFormat,
}: ProxyFlags): DaemonDocument {
  return {
    ...(listen && { listen }),
    // commander takes the absence of --no-admin for --admin.
    ...(typeof admin === "string" || admin === false ? { admin } : {}),
    ...(workers === undefined ? {} : { workers }),
    ...(origin && { servers: origin.map((url) => ({ url })) }),
    ...(state === undefined ? {} : { state }),
    ...(logLevel || logFormat
      ? { log: { ...(logLevel && { level: logLevel }), ...(logFormat && { format: logFormat }) } }
      : {}),
  };
}

function collect(value: string, before: string[] = []): string[] {
  return [...before, value];
}
