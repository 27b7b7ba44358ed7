import type { ServerSettings } from "./server-settings.js";

/**
 * Tells whether a client keeps content moving, both ways, without a timer or a clock reading a message.
 *
 * A request body must bring something within the idle limit, and hold the least rate over each window of
 * that length; a response must be taken from us within the write limit.
 */
export class ProgressWatch {
  #settings: ServerSettings;
  #lastRead = 0;
  #lastWrite = 0;
  #windowStart = 0;
  #windowBytes = 0;
  /** Since when the client is held back. */
  #pausedAt: number | undefined;

  constructor(settings: ServerSettings) {
    this.#settings = settings;
  }

  /** Replaces the limits. */
  configure(settings: ServerSettings): void {
    this.#settings = settings;
  }

  /** Content has begun to move. Returns when to {@link check} first. */
  begin(now: number, deadline: number): number {
    this.#restart(now);
    this.#lastWrite = now;
    return Math.min(this.nextCheck(), deadline);
  }

  /** The client sent `bytes` of content. */
  received(bytes: number): void {
    this.#lastRead = this.#settings.sweeper.now;
    this.#windowBytes += bytes;
  }

  /** The client is held back from now on. */
  bodyPaused(): void {
    this.#pausedAt ??= this.#settings.sweeper.now;
  }

  /** The client may send again. The time in which it could not is not counted. */
  bodyResumed(): void {
    if (this.#pausedAt === undefined) return;
    this.#skip(this.#settings.sweeper.now - this.#pausedAt);
    this.#pausedAt = undefined;
  }

  /** The client took what was written. */
  wrote(): void {
    this.#lastWrite = this.#settings.sweeper.now;
  }

  /** Judges the client: which of the two it fails at, if any. */
  check(now: number, waitingForBody: boolean, sending: boolean): "body" | "write" | undefined {
    const { bodyIdleMs, writeIdleMs } = this.#settings.timeouts;
    if (sending && now - this.#lastWrite >= writeIdleMs) return "write";
    if (!sending) this.#lastWrite = now;
    if (!waitingForBody) {
      this.#standStill(now);
      return undefined;
    }
    if (now - this.#lastRead >= bodyIdleMs) return "body";
    if (now - this.#windowStart < bodyIdleMs) return undefined;
    const slowest = (this.#settings.minBodyRate * (now - this.#windowStart)) / 1_000;
    if (this.#windowBytes < slowest) return "body";
    this.#windowStart = now;
    this.#windowBytes = 0;
    return undefined;
  }

  /** No content is waited for now. */
  #standStill(now: number): void {
    if (this.#pausedAt === undefined) this.#restart(now);
    else {
      this.#skip(now - this.#pausedAt);
      this.#pausedAt = now;
    }
  }

  #restart(now: number): void {
    this.#lastRead = now;
    this.#windowStart = now;
    this.#windowBytes = 0;
    if (this.#pausedAt !== undefined) this.#pausedAt = now;
  }

  #skip(ms: number): void {
    this.#lastRead += ms;
    this.#windowStart += ms;
  }

  /** When the next of the limits could pass. */
  nextCheck(): number {
    const { bodyIdleMs, writeIdleMs } = this.#settings.timeouts;
    const bodyAt = Math.min(this.#lastRead, this.#windowStart) + bodyIdleMs;
    return Math.min(bodyAt, this.#lastWrite + writeIdleMs);
  }
}
