import type { SimulationReport } from "./report.js";

/** Lays reports out for a terminal: a line for each, under its name, and one for each server. */
export function textReport(reports: Readonly<Record<string, SimulationReport>>): string {
  const entries = Object.entries(reports);
  const outcomes = table([
    ["", "sent", "success", "mean ms", "p50", "p90", "p99", "p99.9", "max", "responses", "server s"],
    ...entries.map(([name, report]) => [name, ...outcomeCells(report)]),
  ]);
  const servers = table([
    ["", "server", "received", "share", "responses", "server s"],
    ...entries.flatMap(([name, report]) =>
      report.servers.map((server, index) => [
        index === 0 ? name : "",
        server.name,
        String(server.received),
        percent(server.share),
        String(server.responses),
        (server.timeMs / 1000).toFixed(1),
      ]),
    ),
  ]);
  const failures = entries.flatMap(([name, report]) => failureLines(name, report));
  return [outcomes, servers, ...(failures.length > 0 ? [`${failures.join("\n")}\n`] : [])].join("\n");
}

function outcomeCells({ sent, successRatio, latency, responses, serverTimeMs }: SimulationReport): string[] {
  const { mean, p50, p90, p99, p999, max } = latency;
  return [
    String(sent),
    percent(successRatio),
    ...[mean, p50, p90, p99, p999, max].map((ms) => ms.toFixed(1)),
    String(responses),
    (serverTimeMs / 1000).toFixed(1),
  ];
}

function failureLines(name: string, { failures, unanswered }: SimulationReport): string[] {
  const kinds = Object.entries(failures).map(([kind, count]) => `${kind} ${count}`);
  if (unanswered > 0) kinds.push(`unanswered ${unanswered}`);
  return kinds.length === 0 ? [] : [`${name}: ${kinds.join(", ")}`];
}

function percent(ratio: number): string {
  return `${(ratio * 100).toFixed(2)} %`;
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!)))
      .join("  ");
  return `${rows.map((row) => line(row).trimEnd()).join("\n")}\n`;
}
