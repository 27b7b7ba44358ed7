/** What the checks of a peer add up to. */
export interface HealthStreak {
  /** What is held true of the peer. */
  readonly healthy: boolean;
  /** Results in a row that say the opposite of `healthy`. */
  readonly against: number;
}

/** How many results in a row it takes to change one's mind. */
export interface HealthThresholds {
  /** Passes in a row that make what was unhealthy healthy; a whole number of at least 1. */
  readonly healthyThreshold: number;
  /** Failures in a row that make what was healthy unhealthy; a whole number of at least 1. */
  readonly unhealthyThreshold: number;
}

/** What is taken to be well until checks say otherwise. */
export const assumedHealthy: HealthStreak = { healthy: true, against: 0 };

/**
 * Counts one more result in. Without a streak so far the first result decides.
 *
 * Only an unbroken run turns it around: who flaps stays what it is.
 */
export function nextStreak(
  streak: HealthStreak | undefined,
  passed: boolean,
  thresholds: HealthThresholds,
): HealthStreak {
  if (!streak || passed === streak.healthy) return { healthy: passed, against: 0 };
  const { healthy } = streak;
  const against = streak.against + 1;
  const enough = healthy ? thresholds.unhealthyThreshold : thresholds.healthyThreshold;
  return against >= enough ? { healthy: !healthy, against: 0 } : { healthy, against };
}
