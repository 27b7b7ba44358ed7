/** What the checks of a server add up to. */
export interface HealthStreak {
  readonly healthy: boolean;
  /** Results in a row that say the opposite of `healthy`. */
  readonly against: number;
}

/** How many results in a row it takes to change one's mind. */
export interface HealthThresholds {
  readonly healthyThreshold: number;
  readonly unhealthyThreshold: number;
}

/** A new server is taken to be well until checks say otherwise. */
export const assumedHealthy: HealthStreak = { healthy: true, against: 0 };

/**
 * Counts one more result in.
 *
 * Only an unbroken run turns a server around: one that flaps stays what it is.
 */
export function nextStreak(
  streak: HealthStreak,
  passed: boolean,
  thresholds: HealthThresholds,
): HealthStreak {
  const { healthy } = streak;
  if (passed === healthy) return { healthy, against: 0 };
  const against = streak.against + 1;
  const enough = healthy ? thresholds.unhealthyThreshold : thresholds.healthyThreshold;
  return against >= enough ? { healthy: !healthy, against: 0 } : { healthy, against };
}
