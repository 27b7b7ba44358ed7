import type { Outcomes, ServerReport, WorkerReport } from "../ipc/report.js";
import { addTotals, lastingTotals, noTotals, reportTotals, type Totals } from "./totals.js";

/**
 * Adds up the reports of all workers, also of those that have died, so that no counter ever goes back.
 *
 * What a worker counted between its last report and its death is lost.
 */
export class StatsLedger {
  readonly #latest = new Map<number, WorkerReport>();
  #retired: Totals = noTotals;
  #departed: Outcomes = { success: 0, failed: 0 };

  /** Latest reports, one for each worker that is alive. */
  get reports(): readonly WorkerReport[] {
    return [...this.#latest.values()];
  }

  /** Answers of servers that have left the pool. They are in no row any more, but in every sum. */
  get departed(): Outcomes {
    return this.#departed;
  }

  /**
   * Takes in what workers have reported. `alive` are the process ids of all workers, also of those
   * that have not answered; `pooled` are the ids of the servers in the pool.
   */
  accept(reports: readonly WorkerReport[], alive: ReadonlySet<number>, pooled: ReadonlySet<string>): void {
    for (const report of reports) {
      const before = this.#latest.get(report.pid);
      if (before) this.#keepLost(before, report);
      this.#latest.set(report.pid, report);
    }
    for (const [pid, report] of this.#latest) {
      if (alive.has(pid)) continue;
      this.#retire(reportTotals(report));
      this.#latest.delete(pid);
    }
    this.#dismiss(pooled);
  }

  /** Everything counted so far. */
  totals(): Totals {
    return this.reports.map(reportTotals).reduce(addTotals, this.#retired);
  }

  /** A server that left a worker, or came back to it anew, took its counters along. */
  #keepLost(before: WorkerReport, now: WorkerReport): void {
    if (now.uptimeMs < before.uptimeMs) {
      this.#retire(reportTotals(before));
      return;
    }
    const current = new Map(now.servers.map((server) => [server.id, server]));
    const lost = before.servers.filter((server) => !continues(server, current.get(server.id)));
    if (lost.length > 0)
      this.#retire({ ...noTotals, servers: reportTotals({ ...before, servers: lost }).servers });
  }

  #retire(totals: Totals): void {
    this.#retired = addTotals(this.#retired, lastingTotals(totals));
  }

  #dismiss(pooled: ReadonlySet<string>): void {
    const servers = new Map(this.#retired.servers);
    for (const [id, { success, failed }] of servers) {
      if (pooled.has(id)) continue;
      this.#departed = { success: this.#departed.success + success, failed: this.#departed.failed + failed };
      servers.delete(id);
    }
    this.#retired = { ...this.#retired, servers };
  }
}

function continues(before: ServerReport, now: ServerReport | undefined): boolean {
  return now !== undefined && now.success >= before.success && now.failed >= before.failed;
}
