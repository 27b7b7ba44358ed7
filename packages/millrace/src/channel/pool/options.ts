import { Backoff, type BackoffOptions } from "../../base/backoff.js";
import { type Clock, systemClock } from "../../base/clock.js";
import {
  invalidOption,
  requireGroup,
  requirePositive,
  requireRange,
  requireWhole,
  withDefaults,
} from "../../base/options.js";
import { type Random, systemRandom } from "../../base/random.js";
import { type SizingOptions, type SizingSettings, sizingSettings } from "./sizing.js";

/** How many members a pool keeps, and when it replaces them. All optional. */
export interface PoolOptions {
  /**
   * Members to keep connected; a whole number of at least 1. Each goes to another address where there are
   * several. Raises `max` where that is less.
   * @defaultValue 3
   */
  readonly wanted?: number | undefined;
  /**
   * The most members; a whole number. More than `wanted` lets the pool grow with its load, see
   * {@link SizingOptions}. While a member is being replaced there may be one more.
   * @defaultValue `wanted`
   */
  readonly max?: number | undefined;
  /**
   * So many addresses are tried at once while no member may be called; the first to answer is kept, and of
   * the others as many as are wanted. A whole number of at least 1; what is below `wanted` changes nothing.
   * @defaultValue 1
   */
  readonly racing?: number | undefined;
  /**
   * The most members at one address; a whole number of at least 1. With `wanted` of `Infinity` and 1 here
   * there is one member for each address.
   * @defaultValue `Infinity`
   */
  readonly perAddress?: number | undefined;
  /**
   * So many healthy members make the channel healthy; from 0, for always, to `wanted`.
   * @defaultValue 2, or `wanted` where that is less
   */
  readonly healthyMin?: number | undefined;
  /**
   * With fewer healthy members than this, once there were as many, the channel is degraded: members that
   * fail their checks are kept and called, for nobody is better. From 0, for never, to `wanted`.
   * @defaultValue 1
   */
  readonly criticalMin?: number | undefined;
  /**
   * What becomes of members whose address the resolver no longer names: they `drain`, each once a member
   * at a named address is healthy in its place, or they are kept for as long as they work.
   * @defaultValue `drain`
   */
  readonly removed?: "drain" | "keep" | undefined;
  /**
   * Whether a member moves to an address that has none, once there is one while others share an address.
   * @defaultValue true
   */
  readonly spread?: boolean | undefined;
  /**
   * How long a member is used before another takes its place, in milliseconds, so that a balancer in
   * between gets to spread connections anew. The other is healthy before the first one drains.
   * @defaultValue `Infinity`
   */
  readonly maxAgeMs?: number | undefined;
  /**
   * The share of `maxAgeMs` that is left to chance, from 0 to 1, so that members do not go all at once.
   * @defaultValue 0.2
   */
  readonly ageJitter?: number | undefined;
  /**
   * How long a member that was taken out may take to finish its calls, in milliseconds; then they fail.
   * @defaultValue 30_000
   */
  readonly drainMs?: number | undefined;
  /**
   * A member that drops sooner than this after it connected is no success of its address, in milliseconds:
   * a server that takes connections only to close them is not tried over and over.
   * @defaultValue 1_000
   */
  readonly settledMs?: number | undefined;
  /**
   * The waits between attempts at one address.
   * @defaultValue from 250 to 750 ms, half as long again each time, up to 90 s
   */
  readonly backoff?: BackoffOptions | undefined;
  /**
   * How long a channel is unhealthy before it says so on `poolEvents`, in milliseconds; `Infinity` for never.
   * @defaultValue 10_000
   */
  readonly logUnhealthyAfterMs?: number | undefined;
  /**
   * How long until it says so again, in milliseconds; `Infinity` for never.
   * @defaultValue 90_000
   */
  readonly logUnhealthyEveryMs?: number | undefined;
  /** How the pool grows and shrinks when `max` is more than `wanted`. */
  readonly sizing?: SizingOptions | undefined;
  /** @defaultValue {@link systemClock} */
  readonly clock?: Clock | undefined;
  /** Spreads waits and ages. @defaultValue {@link systemRandom} */
  readonly random?: Random | undefined;
}

/**
 * How many members are kept and when they are replaced, gaps filled.
 *
 * @internal
 */
export interface PoolSettings {
  readonly wanted: number;
  readonly max: number;
  readonly racing: number;
  readonly perAddress: number;
  readonly healthyMin: number;
  readonly criticalMin: number;
  readonly removed: "drain" | "keep";
  readonly spread: boolean;
  readonly maxAgeMs: number;
  readonly ageJitter: number;
  readonly drainMs: number;
  readonly settledMs: number;
  readonly backoff: BackoffOptions;
  readonly logUnhealthyAfterMs: number;
  readonly logUnhealthyEveryMs: number;
  readonly sizing: SizingSettings;
  readonly clock: Clock;
  readonly random: Random;
}

/**
 * Checks options and fills their gaps.
 *
 * @internal
 * @throws MillraceError `invalid-options` when an option is out of its range
 */
export function poolSettings(options: PoolOptions = {}): PoolSettings {
  const { wanted = 3, max = wanted, backoff, sizing, ...rest } = options;
  requireGroup("pool.backoff", backoff);
  requireWhole("pool.wanted", wanted, 1);
  requireWhole("pool.max", max, 1);
  const { random, ...plain } = withDefaults({ ...defaults, healthyMin: Math.min(2, wanted) }, rest);
  const settings: PoolSettings = {
    ...plain,
    wanted,
    max: Math.max(wanted, max),
    backoff: { ...addressBackoff, random, ...backoff },
    sizing: sizingSettings(sizing),
    random,
  };
  checkPool(settings);
  return settings;
}

const defaults = {
  racing: 1,
  perAddress: Infinity,
  healthyMin: 2,
  criticalMin: 1,
  removed: "drain" as "drain" | "keep",
  spread: true,
  maxAgeMs: Infinity,
  ageJitter: 0.2,
  drainMs: 30_000,
  settledMs: 1_000,
  logUnhealthyAfterMs: 10_000,
  logUnhealthyEveryMs: 90_000,
  clock: systemClock,
  random: systemRandom,
};

/** As the `backoff` crate waits: 500 ms, half as long again each time, a half more or less at random. */
const addressBackoff: BackoffOptions = { initialMs: 750, factor: 1.5, jitter: 2 / 3, maxMs: 90_000 };

function checkPool(settings: PoolSettings): void {
  // Waits are only made when addresses are known, and then nobody is there to hear that they cannot be.
  new Backoff(settings.backoff);
  const { wanted } = settings;
  if (settings.max === Infinity && settings.perAddress === Infinity) {
    throw invalidOption("pool.perAddress", "a whole number where there is no other bound", Infinity);
  }
  requireWhole("pool.racing", settings.racing, 1);
  requireWhole("pool.perAddress", settings.perAddress, 1);
  requireWhole("pool.healthyMin", settings.healthyMin, 0, wanted);
  requireWhole("pool.criticalMin", settings.criticalMin, 0, wanted);
  if (settings.removed !== "drain" && settings.removed !== "keep") {
    throw invalidOption("pool.removed", '"drain" or "keep"', settings.removed);
  }
  requirePositive("pool.maxAgeMs", settings.maxAgeMs);
  requireRange("pool.ageJitter", settings.ageJitter, 0, 1);
  requireRange("pool.drainMs", settings.drainMs, 0, Infinity);
  requireRange("pool.settledMs", settings.settledMs, 0, Infinity);
  requirePositive("pool.logUnhealthyAfterMs", settings.logUnhealthyAfterMs);
  requirePositive("pool.logUnhealthyEveryMs", settings.logUnhealthyEveryMs);
}
