import { Command } from "commander";
import { type HandoffStatus, readHandoffStatus, requestRestart } from "millrace/handoff";
import { defaultHandoffName } from "../handoff/name.js";
import { finishing } from "./exit.js";
import { formatTable } from "./table.js";

interface StatusFlags {
  readonly folder?: string;
  readonly json?: boolean;
}

/** What a proxy is found by that is told nothing. */
const defaultName = defaultHandoffName({ host: "0.0.0.0", port: 8080 });

/** Makes `millrace status`. */
export function statusCommand(): Command {
  return new Command("status")
    .description("show the generations of a program that hands over: who serves, who still finishes what")
    .argument("[name]", "what the program is found by", defaultName)
    .option("--folder <folder>", "where its control socket is")
    .option("--json", "as JSON")
    .action(
      finishing(async (name: string, { folder, json }: StatusFlags) => {
        const status = await readHandoffStatus({ name, folder });
        process.stdout.write(json ? `${JSON.stringify(status)}\n` : statusText(status));
      }),
    );
}

/** Makes `millrace restart`. */
export function restartCommand(): Command {
  return new Command("restart")
    .description("have a program that hands over start itself again, with the same arguments")
    .argument("[name]", "what the program is found by", defaultName)
    .option("--folder <folder>", "where its control socket is")
    .action(finishing((name: string, { folder }: StatusFlags) => requestRestart({ name, folder })));
}

/** Writes a status for people. */
export function statusText({ name, addresses, generations }: HandoffStatus): string {
  const rows = generations.map(({ generation, release, pid, phase, connections, ageMs, way }) => [
    String(generation),
    release,
    String(pid),
    phase,
    String(connections),
    `${Math.round(ageMs / 1_000)}s`,
    way,
  ]);
  const table = formatTable(["GENERATION", "RELEASE", "PID", "PHASE", "CONNECTIONS", "AGE", "CAME BY"], rows);
  return `${name} on ${addresses.join(", ")}\n${table}\n`;
}
