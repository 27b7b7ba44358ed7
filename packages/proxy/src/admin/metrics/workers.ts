import type { Registry } from "prom-client";
import type { WorkerReport } from "../../ipc/report.js";
import type { WorkerStatus } from "../../workers/fleet.js";
import { counter, gauge, type Values } from "./series.js";

/** Tells how the processes that carry traffic do. */
export function workerMetrics(
  registry: Registry,
  status: readonly WorkerStatus[],
  reports: readonly WorkerReport[],
): void {
  const ready = status.filter(({ state }) => state === "ready").length;
  const restarts = status.reduce((sum, worker) => sum + worker.restarts, 0);
  gauge(registry, "millrace_workers", "Workers that there are to be.", [[{}, status.length]]);
  gauge(registry, "millrace_workers_ready", "Workers that accept connections.", [[{}, ready]]);
  counter(registry, "millrace_worker_restarts_total", "Workers that took another's place.", [[{}, restarts]]);

  const each = (value: (report: WorkerReport) => number): Values =>
    reports.map((report) => [{ pid: report.pid }, value(report)]);
  const rss = each(({ memory }) => memory.rssBytes);
  const heap = each(({ memory }) => memory.heapBytes);
  const cpu = each(({ cpuMs }) => cpuMs / 1_000);
  const revisions = each(({ revision }) => revision);
  gauge(registry, "millrace_worker_resident_memory_bytes", "Resident memory.", rss);
  gauge(registry, "millrace_worker_heap_bytes", "JavaScript heap in use.", heap);
  counter(registry, "millrace_worker_cpu_seconds_total", "CPU time.", cpu);
  gauge(registry, "millrace_worker_revision", "Revision of the pool that is applied.", revisions);
}
