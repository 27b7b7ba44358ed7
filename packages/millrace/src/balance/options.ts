import { type Clock, systemClock } from "../base/clock.js";
import {
  invalidOption,
  requireFunctions,
  requireGroup,
  requireOptionalFunctions,
  requireRange,
} from "../base/options.js";
import type { WhenDone } from "../service/done.js";
import { type LatencyOptions, type LatencySettings, latencySettings } from "./load/peak-ewma.js";
import { type Ejection, type OutlierOptions, type OutlierSettings, outlierSettings } from "./outlier.js";
import { bestOfFew } from "./pickers/best-of-few.js";
import type { Picker } from "./pickers/picker.js";
import { type SlowStartOptions, type SlowStartSettings, slowStartSettings } from "./slow-start.js";

/** Hears how the calls of members end. Called on the hot path: must be quick. What it throws is a fault. */
export interface BalanceObserver<K, Response> {
  /** Member `key` answered, `durationMs` after the call went to it; its response may still be read. */
  answered?(key: K, response: Response, durationMs: number): void;
  /** The call of member `key` failed with `error` after `durationMs`. */
  failed?(key: K, error: unknown, durationMs: number): void;
}

/** How {@link balance} chooses, keeps account and sets members aside. All optional. */
export interface BalanceOptions<K, Response, Request = unknown> {
  /**
   * Chooses among the members. Where it throws, that is a fault, and the first ready member is chosen.
   * @defaultValue {@link bestOfFew}, by peak EWMA and the age of the oldest call without an answer
   */
  readonly picker?: Picker<Request> | undefined;
  /**
   * Says whether a response tells of a failure of its member, say a status of 5xx. One that throws has
   * said no.
   * @defaultValue no response does, only an error
   */
  readonly failed?: ((response: Response) => boolean) | undefined;
  /**
   * Says when a response has been read: until then its call counts as in flight.
   * @defaultValue a response is done with as soon as it is there
   */
  readonly whenDone?: WhenDone<Response> | undefined;
  /** How the latency of members is estimated. */
  readonly latency?: LatencyOptions | undefined;
  /**
   * When members are set aside for their failures; `false` for never.
   * @defaultValue the defaults of {@link OutlierOptions}
   */
  readonly outlier?: OutlierOptions | false | undefined;
  /**
   * How members ease in that are new, or come back. Those there from the start do not. Heeded by
   * {@link bestOfFew}, {@link powerOfTwo}, {@link leastRequest} and {@link roundRobin}.
   * @defaultValue none: they get their full share at once
   */
  readonly slowStart?: SlowStartOptions | undefined;
  /**
   * When a smaller share than this of the members is usable, health and ejection are disregarded: better
   * to try members said to be down than to drown the few others. With none healthy nobody is tried, and
   * calls fail at once. From 0 (never) to 1.
   * @defaultValue 0.5
   */
  readonly panicRatio?: number | undefined;
  /**
   * What becomes of a call that finds no member to go to: it fails at once with `unavailable`, or waits
   * for one to come.
   * @defaultValue `fail`
   */
  readonly whenEmpty?: "fail" | "wait" | undefined;
  /** Told how the calls of members end. */
  readonly observer?: BalanceObserver<K, Response> | undefined;
  /** Told when a member is set aside for its failures. What it throws is a fault. */
  readonly onEject?: ((ejection: Ejection<K>) => void) | undefined;
  /** @defaultValue {@link systemClock} */
  readonly clock?: Clock | undefined;
}

/**
 * What a balancer goes by, gaps filled.
 *
 * @internal
 */
export interface BalanceSettings<K, Response, Request = unknown> {
  readonly picker: Picker<Request>;
  readonly failed: (response: Response) => boolean;
  readonly whenDone: WhenDone<Response> | undefined;
  readonly latency: LatencySettings;
  readonly outlier: OutlierSettings | undefined;
  readonly slowStart: SlowStartSettings | undefined;
  readonly panicRatio: number;
  readonly whenEmpty: "fail" | "wait";
  readonly observer: BalanceObserver<K, Response>;
  readonly onEject: (ejection: Ejection<K>) => void;
  readonly clock: Clock;
}

/**
 * Checks options and fills their gaps.
 *
 * @internal
 * @throws MillraceError `invalid-options` when an option is out of its range
 */
export function balanceSettings<K, Response, Request>(
  options: BalanceOptions<K, Response, Request>,
): BalanceSettings<K, Response, Request> {
  const { panicRatio = 0.5, whenEmpty = "fail", outlier, slowStart } = options;
  requireRange("balance.panicRatio", panicRatio, 0, 1);
  if (whenEmpty !== "fail" && whenEmpty !== "wait") {
    throw invalidOption("balance.whenEmpty", '"fail" or "wait"', whenEmpty);
  }
  if (options.picker !== undefined) requireFunctions("balance.picker", options.picker, "pick");
  requireOptionalFunctions("balance", options, "failed", "whenDone", "onEject");
  requireGroup("balance.observer", options.observer);
  requireGroup("balance.latency", options.latency);
  if (outlier !== false) requireGroup("balance.outlier", outlier);
  requireGroup("balance.slowStart", slowStart);
  return {
    picker: options.picker ?? bestOfFew(),
    failed: options.failed ?? (() => false),
    whenDone: options.whenDone,
    latency: latencySettings(options.latency),
    outlier: outlier === false ? undefined : outlierSettings(outlier),
    slowStart: slowStart && slowStartSettings(slowStart),
    panicRatio,
    whenEmpty,
    observer: options.observer ?? {},
    onEject: options.onEject ?? (() => {}),
    clock: options.clock ?? systemClock,
  };
}
