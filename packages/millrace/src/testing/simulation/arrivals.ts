import type { Clock } from "../../base/clock.js";
import { requirePositive, requireRange, requireWhole } from "../../base/options.js";
import type { Random } from "../../base/random.js";

/** What a process of arrivals works with. */
export interface ArrivalPort {
  /** Simulated time. */
  readonly clock: Clock;
  /** Chance of the arrivals' own. */
  readonly random: Random;
  /**
   * Sends the next request, and calls `ended` when its call has ended. False, and nothing is sent, when
   * the simulation has had its requests or its time.
   */
  send(ended?: () => void): boolean;
}

/** Decides when requests are sent: starts at time 0, and sends until the port says no. */
export type Arrivals = (port: ArrivalPort) => void;

/**
 * Sends at a fixed interval, the first at once, whether or not answers come.
 *
 * @throws MillraceError `invalid-options`, at once, when the interval is not positive
 */
export function everyMs(intervalMs: number): Arrivals {
  requirePositive("everyMs.intervalMs", intervalMs);
  return ({ clock, send }) => {
    const next = () => {
      if (send()) clock.schedule(intervalMs, next);
    };
    next();
  };
}

/**
 * Sends as many independent callers do: at a mean rate, after random pauses that are exponentially
 * distributed.
 *
 * @throws MillraceError `invalid-options`, at once, when the rate is not positive
 */
export function poisson(perSecond: number): Arrivals {
  requirePositive("poisson.perSecond", perSecond);
  return ({ clock, random, send }) => {
    const pause = () => (-Math.log(1 - random()) * 1000) / perSecond;
    const next = () => {
      if (send()) clock.schedule(pause(), next);
    };
    clock.schedule(pause(), next);
  };
}

/** How {@link bursts} come. */
export interface BurstsOptions {
  /** Requests that are sent at once, a whole number of at least 1. */
  readonly size: number;
  /** From one burst to the next, in milliseconds; more than 0. */
  readonly everyMs: number;
}

/**
 * Sends many requests at once, the first time at the start, then at a fixed interval.
 *
 * @throws MillraceError `invalid-options`, at once, when an option is out of its range
 */
export function bursts(options: BurstsOptions): Arrivals {
  requireWhole("bursts.size", options.size, 1);
  requirePositive("bursts.everyMs", options.everyMs);
  return ({ clock, send }) => {
    const next = () => {
      for (let count = 0; count < options.size; count += 1) if (!send()) return;
      clock.schedule(options.everyMs, next);
    };
    next();
  };
}

/** How {@link closedLoop} sends. */
export interface ClosedLoopOptions {
  /** Callers that each have one call at a time, a whole number of at least 1. */
  readonly callers: number;
  /** How long a caller rests after a call, in milliseconds, 0 or more. @defaultValue 0 */
  readonly restMs?: number | undefined;
}

/**
 * Sends for a fixed number of callers, each of which waits for its answer before it sends again. Slow
 * answers then slow the load: percentiles flatter whoever is slow.
 *
 * @throws MillraceError `invalid-options`, at once, when an option is out of its range
 */
export function closedLoop(options: ClosedLoopOptions): Arrivals {
  const { callers, restMs = 0 } = options;
  requireWhole("closedLoop.callers", callers, 1, Number.MAX_SAFE_INTEGER);
  requireRange("closedLoop.restMs", restMs, 0, Infinity);
  return ({ clock, send }) => {
    // Through the clock even without a rest, so that calls answered at once do not recurse.
    const again = () => void clock.schedule(restMs, next);
    const next = () => void send(again);
    for (let caller = 0; caller < callers; caller += 1) next();
  };
}
