import { requirePositive, requireRange } from "../base/options.js";

/** How the share of a member grows that is new, or back after it was unhealthy or ejected. */
export interface SlowStartOptions {
  /** How long it takes to reach the full weight, in milliseconds; more than 0. */
  readonly windowMs: number;
  /**
   * The least share of its weight a member has meanwhile; more than 0, at most 1.
   * @defaultValue 0.1
   */
  readonly minRatio?: number | undefined;
  /**
   * How the share grows: 1 evenly, more than that faster at first; more than 0.
   * @defaultValue 1
   */
  readonly aggression?: number | undefined;
}

/**
 * How new members ease in, gaps filled.
 *
 * @internal
 */
export type SlowStartSettings = { readonly [Option in keyof SlowStartOptions]-?: number };

/**
 * Checks options and fills their gaps.
 *
 * @internal
 * @throws MillraceError `invalid-options` when an option is out of its range
 */
export function slowStartSettings(options: SlowStartOptions): SlowStartSettings {
  const { windowMs, minRatio = 0.1, aggression = 1 } = options;
  requirePositive("slowStart.windowMs", windowMs);
  requirePositive("slowStart.minRatio", minRatio);
  requireRange("slowStart.minRatio", minRatio, 0, 1);
  requirePositive("slowStart.aggression", aggression);
  return { windowMs, minRatio, aggression };
}

/** The share of its weight that a member has `elapsedMs` after it came or came back (Envoy's formula). */
export function slowStartRatio(settings: SlowStartSettings, elapsedMs: number): number {
  const { windowMs, minRatio, aggression } = settings;
  if (elapsedMs >= windowMs) return 1;
  return Math.max(minRatio, (Math.max(0, elapsedMs) / windowMs) ** (1 / aggression));
}
