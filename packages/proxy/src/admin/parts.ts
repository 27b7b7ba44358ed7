import type { HealthMonitor } from "../health/monitor.js";
import type { Log } from "../logging.js";
import type { PoolEditor } from "../pool/editor.js";
import type { Pool } from "../pool/pool.js";
import type { StatsCollector } from "../stats/collector.js";
import type { AppliedState } from "../workers/applied.js";
import type { WorkerFleet } from "../workers/fleet.js";
import type { ListenerRecords } from "../workers/listeners.js";

/** What the admin API shows and changes. */
export interface AdminParts {
  readonly pool: Pool;
  readonly editor: PoolEditor;
  readonly fleet: Pick<WorkerFleet, "whenApplied" | "status" | "accepting">;
  readonly records: Pick<ListenerRecords, "certificates" | "usable">;
  readonly health: Pick<HealthMonitor, "health">;
  readonly stats: Pick<StatsCollector, "read">;
  readonly log: Log;
}

const applyWithinMs = 5_000;

/** Waits for the workers if a request asks for it; what to add to its answer. */
export async function settleWrite(
  { fleet, pool }: AdminParts,
  wait: "applied" | undefined,
): Promise<{ readonly applied?: AppliedState }> {
  return wait === undefined ? {} : { applied: await fleet.whenApplied(pool.revision, applyWithinMs) };
}
