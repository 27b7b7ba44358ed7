/** How a call ended, in the eyes of a limit: done in good order, dropped for lack of room, or no news. */
export type LimitVerdict = "success" | "dropped" | "ignored";

/** What one call tells about the room there is. */
export interface LimitSample {
  /** How it ended. Never `ignored`. */
  readonly verdict: Exclude<LimitVerdict, "ignored">;
  /** How long it took to answer, in milliseconds. */
  readonly rttMs: number;
  /** Calls in flight when it began, itself included. */
  readonly inFlight: number;
}

/** Learns from calls how many may run at once. */
export interface LimitAlgorithm {
  /** How many may run at once now; at least 1. What is behind the point does not count. */
  readonly limit: number;
  /** Takes note of a call that ended. */
  note(sample: LimitSample): void;
}
