import type { Balancer } from "millrace/balance";
import type { Clock } from "millrace/base";
import type { HttpRequest, HttpResponse, HttpServer } from "millrace/wire";
import type { ServerReport, WorkerReport } from "../ipc/report.js";
import type { Counters } from "./counters.js";
import type { Origin } from "./origin.js";
import type { Origins } from "./origins.js";

/** Where a report's numbers come from. */
export interface ReportSources {
  readonly server: HttpServer;
  readonly counters: Counters;
  readonly origins: Origins;
  readonly balancer: Balancer<Origin, HttpRequest, HttpResponse>;
  readonly ejections: ReadonlyMap<string, number>;
  readonly clock: Clock;
  readonly startedAt: number;
  readonly revision: number;
}

/** Gathers what a worker knows now. */
export function createReport(sources: ReportSources): WorkerReport {
  const { server, counters, clock, startedAt, revision } = sources;
  const { user, system } = process.cpuUsage();
  return {
    pid: process.pid,
    revision,
    uptimeMs: clock.now() - startedAt,
    connections: { open: server.connections, accepted: server.accepted, refused: server.refused },
    ...counters.snapshot(),
    servers: serverReports(sources),
    memory: memoryNow(),
    cpuMs: (user + system) / 1_000,
  };
}

let lastMemory: WorkerReport["memory"] = { rssBytes: 0, heapBytes: 0 };

/** Memory in use; what it was last, while no file can be opened to look it up in. */
function memoryNow(): WorkerReport["memory"] {
  try {
    const { rss, heapUsed } = process.memoryUsage();
    lastMemory = { rssBytes: rss, heapBytes: heapUsed };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EMFILE") throw error;
  }
  return lastMemory;
}

function serverReports({ origins, balancer, ejections }: ReportSources): ServerReport[] {
  const members = new Map(balancer.snapshot().members.map((member) => [member.key, member]));
  return Array.from(origins.all(), (origin) => {
    const member = members.get(origin);
    return {
      ...origin.report(),
      ewmaMs: member && member.started > 0 ? member.latencyMs : 0,
      ejectedForMs: member?.ejectedMs ?? 0,
      ejections: ejections.get(origin.id) ?? 0,
      oldestAgeMs: member?.oldestMs ?? 0,
    };
  });
}
