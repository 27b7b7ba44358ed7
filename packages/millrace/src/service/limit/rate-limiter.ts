/** Says when the next call may start. Knows no clock: it is told the time, in milliseconds. */
export interface RateLimiter {
  /** How long the next call has to wait, in milliseconds; 0 when it may start. */
  delayMs(now: number): number;
  /** Notes that a call starts, which {@link delayMs} just allowed. */
  take(now: number): void;
}
