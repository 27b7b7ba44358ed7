import type { DoneListener } from "../../service/done.js";
import { type LatencySettings, PeakEwma } from "./peak-ewma.js";

/** What a member has on its hands, to be read. */
export interface LoadReading {
  /** Calls whose response has not been read to its end. */
  readonly inFlight: number;
  /** Calls started since the member came. */
  readonly started: number;
  /** Calls failed since the member came. */
  readonly failed: number;
  /** Clock time in milliseconds at which a call was last answered or failed; `-Infinity` before the first. */
  readonly heardAt: number;
  /** How long the member takes to answer, in milliseconds: peak EWMA, as of `now`. */
  latencyMs(now: number): number;
  /** How long the oldest call without an answer has been waiting for one, in milliseconds; 0 if none is. */
  oldestMs(now: number): number;
}

/** Keeps account of the calls of one member. Everything takes constant time. */
export class MemberLoad implements LoadReading {
  inFlight = 0;
  started = 0;
  failed = 0;
  heardAt = -Infinity;
  readonly #latency: PeakEwma;
  #oldest: Flight | undefined;
  #newest: Flight | undefined;

  constructor(latency: LatencySettings, now: number) {
    this.#latency = new PeakEwma(latency, now);
  }

  latencyMs(now: number): number {
    return this.#latency.at(now);
  }

  /** The latency as of when the member was last heard of, in milliseconds; `Infinity` before the first answer. */
  get heardLatencyMs(): number {
    return this.heardAt === -Infinity ? Infinity : this.#latency.undecayedMs;
  }

  oldestMs(now: number): number {
    return this.#oldest ? now - this.#oldest.startedAt : 0;
  }

  /** Starts the account of a call. Report its end here, and then to {@link Flight.callDone}. */
  start(now: number): Flight {
    const flight = new Flight(this, now, this.#newest);
    if (this.#newest) this.#newest.newer = flight;
    else this.#oldest = flight;
    this.#newest = flight;
    this.inFlight += 1;
    this.started += 1;
    return flight;
  }

  /** Counts the answer to `flight`, whose response may still be read for long. */
  answered(flight: Flight, now: number): void {
    this.#leave(flight);
    this.heardAt = now;
    this.#latency.answered(now - flight.startedAt, now);
  }

  /** Counts a failure of `flight`, an answer that tells of one included. */
  failedAt(flight: Flight, now: number): void {
    this.#leave(flight);
    this.failed += 1;
    this.heardAt = now;
    this.#latency.failed(now - flight.startedAt, now);
  }

  /** Notes that the caller of `flight` gave up. */
  givenUp(flight: Flight, now: number): void {
    this.#leave(flight);
    this.#latency.givenUp(now - flight.startedAt, now);
  }

  #leave(flight: Flight): void {
    const { older, newer } = flight;
    if (older) older.newer = newer;
    else this.#oldest = newer;
    if (newer) newer.older = older;
    else this.#newest = older;
    flight.older = undefined;
    flight.newer = undefined;
  }
}

/** A call of one member, in line behind those that wait longer for their answer. */
export class Flight implements DoneListener {
  readonly startedAt: number;
  older: Flight | undefined;
  newer: Flight | undefined = undefined;
  #load: MemberLoad | undefined;

  constructor(load: MemberLoad, startedAt: number, older: Flight | undefined) {
    this.#load = load;
    this.startedAt = startedAt;
    this.older = older;
  }

  /** Ends the account. Later calls are ignored. */
  callDone(): void {
    if (this.#load) this.#load.inFlight -= 1;
    this.#load = undefined;
  }
}
