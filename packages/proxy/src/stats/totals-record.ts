import type { FailureReason } from "../ipc/report.js";
import { lastingTotals, type ServerTotals, type Totals } from "./totals.js";

/** {@link Totals} as JSON can carry them: maps are lists of pairs. */
export interface TotalsRecord extends Omit<Totals, "byStatus" | "failures" | "servers"> {
  readonly byStatus: readonly (readonly [status: number, count: number])[];
  readonly failures: readonly (readonly [reason: FailureReason, count: number])[];
  readonly servers: readonly (readonly [id: string, totals: ServerTotals])[];
}

/** Writes what of totals only ever grows. */
export function writeTotals(totals: Totals): TotalsRecord {
  const { byStatus, failures, servers, ...sums } = lastingTotals(totals);
  return { ...sums, byStatus: [...byStatus], failures: [...failures], servers: [...servers] };
}

/** Reads what {@link writeTotals} has written. */
export function readTotals({ byStatus, failures, servers, ...sums }: TotalsRecord): Totals {
  return { ...sums, byStatus: new Map(byStatus), failures: new Map(failures), servers: new Map(servers) };
}
