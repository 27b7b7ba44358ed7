import type { Clock } from "millrace/base";
import type { LatencyHistogram, Outcomes, WorkerReport } from "../ipc/report.js";
import type { Pool } from "../pool/pool.js";
import type { WorkerFleet } from "../workers/fleet.js";
import { StatsLedger } from "./ledger.js";
import { RateRing, type RateSpan, type Rates, rateSpansMs } from "./rates.js";
import type { Totals } from "./totals.js";

/** Everything that is counted, as of one moment. */
export interface StatsReading {
  readonly totals: Totals;
  /** What servers have answered, those that have left the pool included. */
  readonly server: Outcomes;
  readonly rates: Readonly<Record<RateSpan, Rates>>;
  /** Times of the requests of the last minute. */
  readonly recentLatency: LatencyHistogram;
  /** Each worker's own report. */
  readonly reports: readonly WorkerReport[];
}

/** What a collector works with. */
export interface StatsCollectorParts {
  readonly fleet: Pick<WorkerFleet, "reports" | "status">;
  readonly pool: Pick<Pool, "servers">;
  readonly clock: Clock;
}

const sampleEveryMs = 1_000;

/** Asks workers for their counters: every second for rates, and whenever somebody wants to know. */
export class StatsCollector implements AsyncDisposable {
  readonly #parts: StatsCollectorParts;
  readonly #ledger = new StatsLedger();
  readonly #ring = new RateRing();
  #collecting: Promise<void> | undefined;
  #timer: Disposable | undefined;
  #closed = false;

  /** Starts at once. */
  constructor(parts: StatsCollectorParts) {
    this.#parts = parts;
    this.#ring.add(parts.clock.now(), this.#ledger.totals());
    this.#arm();
  }

  /** Asks every worker, then tells what all have counted. */
  async read(): Promise<StatsReading> {
    await this.#collect();
    const now = this.#parts.clock.now();
    const totals = this.#ledger.totals();
    const rates = (span: RateSpan) => this.#ring.rates(now, totals, rateSpansMs[span]);
    return {
      totals,
      server: sumOutcomes([this.#ledger.departed, ...totals.servers.values()]),
      rates: { "1s": rates("1s"), "10s": rates("10s"), "1m": rates("1m") },
      recentLatency: this.#ring.recentLatency(now, totals),
      reports: this.#ledger.reports,
    };
  }

  /** Stops asking. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    this.#timer?.[Symbol.dispose]();
    await this.#collecting;
  }

  #arm(): void {
    if (!this.#closed)
      this.#timer = this.#parts.clock.schedule(sampleEveryMs, () => void this.#sample(), "upkeep");
  }

  async #sample(): Promise<void> {
    await this.#collect();
    this.#ring.add(this.#parts.clock.now(), this.#ledger.totals());
    this.#arm();
  }

  /** One round serves all that ask while it runs. */
  #collect(): Promise<void> {
    this.#collecting ??= this.#ask().finally(() => {
      this.#collecting = undefined;
    });
    return this.#collecting;
  }

  async #ask(): Promise<void> {
    const { fleet, pool } = this.#parts;
    const reports = await fleet.reports();
    const alive = fleet.status.filter(({ state }) => state !== "gone").map(({ pid }) => pid ?? 0);
    this.#ledger.accept(reports, new Set(alive), new Set(pool.servers.keys()));
  }
}

function sumOutcomes(outcomes: readonly Outcomes[]): Outcomes {
  return outcomes.reduce((sum, one) => ({
    success: sum.success + one.success,
    failed: sum.failed + one.failed,
  }));
}
