import type { Outcomes, ServerReport, WorkerReport } from "../ipc/report.js";
import { addTotals, lastingTotals, noTotals, reportTotals, type Totals } from "./totals.js";

/** What another process has counted before this one. */
export interface Inheritance {
  readonly totals: Totals;
  /** Answers of servers that had left its pool. */
  readonly departed: Outcomes;
}

/** No answers at all. */
const noOutcomes: Outcomes = { success: 0, failed: 0 };

/** Puts two counts of answers together. */
export function addOutcomes(left: Outcomes, right: Outcomes): Outcomes {
  return { success: left.success + right.success, failed: left.failed + right.failed };
}

/**
 * Adds up the reports of all workers, also of those that have died, so that no counter ever goes back.
 *
 * What a worker counted between its last report and its death is lost.
 */
export class StatsLedger {
  readonly #latest = new Map<number, WorkerReport>();
  #retired: Totals = noTotals;
  #departed: Outcomes = noOutcomes;
  #pooled: ReadonlySet<string> = new Set();
  #inherited: Inheritance = { totals: noTotals, departed: noOutcomes };

  /** Latest reports, one for each worker that is alive. */
  get reports(): readonly WorkerReport[] {
    return [...this.#latest.values()];
  }

  /** Answers of servers that have left the pool. They are in no row any more, but in every sum. */
  get departed(): Outcomes {
    const { totals, departed } = this.#inherited;
    const gone = [...totals.servers].flatMap(([id, server]) => (this.#pooled.has(id) ? [] : [server]));
    return [departed, ...gone].reduce<Outcomes>(addOutcomes, this.#departed);
  }

  /** Begins with what workers of another process have counted, in place of what was given here before. */
  inherit(inherited: Inheritance): void {
    this.#inherited = inherited;
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
    this.#pooled = pooled;
    this.#dismiss(pooled);
  }

  /** Everything counted so far, what was inherited included. */
  totals(): Totals {
    const { totals } = this.#inherited;
    const servers = new Map([...totals.servers].filter(([id]) => this.#pooled.has(id)));
    return addTotals({ ...totals, servers }, this.own());
  }

  /** What workers of this process have counted. */
  own(): Totals {
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
      this.#departed = addOutcomes(this.#departed, { success, failed });
      servers.delete(id);
    }
    this.#retired = { ...this.#retired, servers };
  }
}

function continues(before: ServerReport, now: ServerReport | undefined): boolean {
  return now !== undefined && now.success >= before.success && now.failed >= before.failed;
}
