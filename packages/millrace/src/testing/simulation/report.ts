import type { LatencySummary } from "./samples.js";

/** What became of a simulation. The same options and seed give the same report. */
export interface SimulationReport {
  /** Requests sent by callers. */
  readonly sent: number;
  /** Calls that ended well. */
  readonly succeeded: number;
  /** Calls that ended badly, by what callers saw: `status 503`, or the code or name of an error. */
  readonly failures: Readonly<Record<string, number>>;
  /** Calls that had not ended when the simulation did. */
  readonly unanswered: number;
  /** The share of requests that ended well, from 0 to 1. */
  readonly successRatio: number;
  /** How long the calls took that ended well. */
  readonly latency: LatencySummary;
  /** How long all calls took that ended. */
  readonly latencyOfAll: LatencySummary;
  /** Answers that servers gave, also when nobody waited any longer. */
  readonly responses: number;
  /** Time that servers spent on answered calls, in milliseconds. */
  readonly serverTimeMs: number;
  /** When the last call ended, in milliseconds of simulated time. */
  readonly endedMs: number;
  /** What became of each server, in the order they were named. */
  readonly servers: readonly ServerReport[];
  /** How long a bucket of {@link ServerReport.receivedOverTime} is, in milliseconds. */
  readonly bucketMs: number;
}

/** What became of one server. */
export interface ServerReport {
  /** Its name in the simulation. */
  readonly name: string;
  /** Calls that came. */
  readonly received: number;
  /** Its share of the calls of all servers, from 0 to 1. */
  readonly share: number;
  /** Answers it gave. */
  readonly responses: number;
  /** Time it spent on answered calls, in milliseconds. */
  readonly timeMs: number;
  /** Calls that came in each bucket of time. */
  readonly receivedOverTime: readonly number[];
}
