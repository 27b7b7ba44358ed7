import { requireGroup, requirePositive, requireRange, withDefaults } from "../../base/options.js";

/** How a pool grows and shrinks with its load, between `wanted` and `max`. */
export interface SizingOptions {
  /**
   * Calls in flight for each member, on average, that another member is opened at; more than 0.
   * @defaultValue 16
   */
  readonly growAt?: number | undefined;
  /**
   * The share of `growAt` that the load must stay below for a member to be taken out, from 0 to 1.
   * @defaultValue 0.5
   */
  readonly shrinkRatio?: number | undefined;
  /**
   * How long it must stay below, in milliseconds.
   * @defaultValue 60_000
   */
  readonly shrinkAfterMs?: number | undefined;
  /**
   * How often the load is looked at, in milliseconds.
   * @defaultValue 1_000
   */
  readonly lookEveryMs?: number | undefined;
}

/**
 * How a pool grows and shrinks, gaps filled.
 *
 * @internal
 */
export type SizingSettings = { readonly [Option in keyof SizingOptions]-?: number };

/**
 * Checks options and fills their gaps.
 *
 * @internal
 * @throws MillraceError `invalid-options` when an option is out of its range
 */
export function sizingSettings(options: SizingOptions = {}): SizingSettings {
  requireGroup("pool.sizing", options);
  const defaults = { growAt: 16, shrinkRatio: 0.5, shrinkAfterMs: 60_000, lookEveryMs: 1_000 };
  const settings: SizingSettings = withDefaults(defaults, options);
  requirePositive("sizing.growAt", settings.growAt);
  requireRange("sizing.shrinkRatio", settings.shrinkRatio, 0, 1);
  requirePositive("sizing.shrinkAfterMs", settings.shrinkAfterMs);
  requirePositive("sizing.lookEveryMs", settings.lookEveryMs);
  return settings;
}

/** Where a pool may stand. */
export interface SizeBounds {
  readonly wanted: number;
  readonly max: number;
}

/**
 * Decides how many members a pool should have, one more or one fewer at a time.
 *
 * It grows at once, and shrinks when one member fewer would have done for a while.
 */
export class PoolSizing {
  readonly #settings: SizingSettings;
  readonly #bounds: SizeBounds;
  #size: number;
  #lowSince: number | undefined;

  constructor(settings: SizingSettings, bounds: SizeBounds) {
    this.#settings = settings;
    this.#bounds = bounds;
    this.#size = bounds.wanted;
  }

  /** Members the pool should have. */
  get size(): number {
    return this.#size;
  }

  /** Looks at the load: `inFlight` calls at `now`. */
  look(inFlight: number, now: number): void {
    const { growAt, shrinkRatio, shrinkAfterMs } = this.#settings;
    if (inFlight >= growAt * this.#size) {
      this.#lowSince = undefined;
      this.#size = Math.min(this.#bounds.max, this.#size + 1);
      return;
    }
    const low = inFlight < growAt * shrinkRatio * (this.#size - 1) && this.#size > this.#bounds.wanted;
    if (!low) this.#lowSince = undefined;
    else if (this.#lowSince === undefined) this.#lowSince = now;
    else if (now - this.#lowSince >= shrinkAfterMs) {
      this.#lowSince = now;
      this.#size -= 1;
    }
  }
}
