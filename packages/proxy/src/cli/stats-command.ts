import { setTimeout as sleep } from "node:timers/promises";
import { Command, InvalidArgumentError, Option } from "commander";
import { parseDuration } from "millrace/config";
import type { AdminClient } from "./admin-client.js";
import { addClientOptions, type ClientOptions, clientOf } from "./client-options.js";
import { finishing } from "./exit.js";
import { formatStats, type StatsDocument, type StatsRow } from "./stats-text.js";

interface StatsOptions extends ClientOptions {
  readonly watch?: true;
  readonly interval: number;
}

const examples = `
Examples:
  millrace stats
  millrace stats --watch --interval 2s
  millrace stats --json`;

const clearScreen = "\u001b[H\u001b[2J";

/** Makes `millrace stats`. */
export function statsCommand(): Command {
  const interval = new Option("--interval <duration>", "time between two looks")
    .argParser(toDuration)
    .default(1_000, "1s");
  return addClientOptions(new Command("stats"))
    .description("tell what a running proxy does")
    .option("--watch", "again and again, until interrupted")
    .addOption(interval)
    .addHelpText("after", examples)
    .action(finishing(stats));
}

async function stats(options: StatsOptions): Promise<void> {
  const client = clientOf(options);
  process.stdout.write(await look(client, options));
  while (options.watch) {
    await sleep(options.interval);
    const text = await look(client, options);
    process.stdout.write(process.stdout.isTTY && !options.json ? clearScreen + text : text);
  }
}

async function look(client: AdminClient, { json, watch }: StatsOptions): Promise<string> {
  const [summary, { servers }] = await Promise.all([
    client.send<StatsDocument>("GET", "/stats"),
    client.send<{ servers: StatsRow[] }>("GET", "/stats/detail"),
  ]);
  if (json) return `${JSON.stringify({ ...summary, servers }, null, watch ? 0 : 2)}\n`;
  return `${formatStats(summary, servers)}\n`;
}

function toDuration(text: string): number {
  const durationMs = parseDuration(text);
  if (!durationMs) throw new InvalidArgumentError('expected a duration such as "2s"');
  return durationMs;
}
