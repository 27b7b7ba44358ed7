import type { Clock } from "millrace/base";
import type { LatencyHistogram, Outcomes, WorkerReport } from "../ipc/report.js";
import type { Pool } from "../pool/pool.js";
import type { WorkerFleet } from "../workers/fleet.js";
import { addOutcomes, StatsLedger } from "./ledger.js";
import { RateRing, type RateSpan, type Rates, rateSpansMs, type SampleRecord } from "./rates.js";
import type { Totals } from "./totals.js";
import { readTotals, type TotalsRecord, writeTotals } from "./totals-record.js";

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

/** What one process leaves to the next, as JSON can carry it. */
export interface StatsRecord {
  readonly totals: TotalsRecord;
  /** Answers of servers that have left the pool. */
  readonly departed: Outcomes;
  readonly samples?: readonly SampleRecord[] | undefined;
}

/** What a collector works with. */
export interface StatsCollectorParts {
  readonly fleet: Pick<WorkerFleet, "reports" | "status" | "onLastReport">;
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
  #frozen: StatsReading | undefined;
  /** Reports of workers that have finished, not taken in yet. */
  #last: WorkerReport[] = [];
  readonly #hearing: Disposable;

  /** Starts at once. */
  constructor(parts: StatsCollectorParts) {
    this.#parts = parts;
    this.#ring.add(parts.clock.now(), this.#ledger.own());
    this.#hearing = parts.fleet.onLastReport((report) => this.#last.push(report));
    this.#arm();
  }

  /** Goes on from what another process has counted; from its minute of history too, where that is given. */
  inherit({ totals, departed, samples }: StatsRecord): void {
    this.#ledger.inherit({ totals: readTotals(totals), departed });
    if (samples) this.#ring.restore(this.#parts.clock.now(), samples);
  }

  /** All that another process needs to go on from here. */
  record(): StatsRecord {
    const { clock } = this.#parts;
    return {
      totals: writeTotals(this.#ledger.totals()),
      departed: this.#ledger.departed,
      samples: this.#ring.record(clock.now(), this.#ledger.own()),
    };
  }

  /** Tells the same from now on, until it is told otherwise: another process counts on from there. */
  freeze(frozen: boolean): void {
    this.#frozen = frozen ? this.#reading() : undefined;
  }

  /** Asks every worker once more. */
  collect(): Promise<void> {
    return this.#collect();
  }

  /** Asks every worker, then tells what all have counted. */
  async read(): Promise<StatsReading> {
    if (!this.#frozen) await this.#collect();
    return this.#frozen ?? this.#reading();
  }

  /** Stops asking. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    this.#timer?.[Symbol.dispose]();
    this.#hearing[Symbol.dispose]();
    await this.#collecting;
  }

  #arm(): void {
    if (!this.#closed)
      this.#timer = this.#parts.clock.schedule(sampleEveryMs, () => void this.#sample(), "upkeep");
  }

  #reading(): StatsReading {
    const now = this.#parts.clock.now();
    const totals = this.#ledger.totals();
    const own = this.#ledger.own();
    const rates = (span: RateSpan) => this.#ring.rates(now, own, rateSpansMs[span]);
    return {
      totals,
      server: [...totals.servers.values()].reduce<Outcomes>(addOutcomes, this.#ledger.departed),
      rates: { "1s": rates("1s"), "10s": rates("10s"), "1m": rates("1m") },
      recentLatency: this.#ring.recentLatency(now, own),
      reports: this.#ledger.reports,
    };
  }

  async #sample(): Promise<void> {
    await this.#collect();
    this.#ring.add(this.#parts.clock.now(), this.#ledger.own());
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
    const last = this.#last.splice(0);
    // One that has finished has said all, whatever it was asked before.
    const others = reports.filter(({ pid }) => last.every((one) => one.pid !== pid));
    const alive = fleet.status.filter(({ state }) => state !== "gone").map(({ pid }) => pid ?? 0);
    this.#ledger.accept([...others, ...last], new Set(alive), new Set(pool.servers.keys()));
  }
}
