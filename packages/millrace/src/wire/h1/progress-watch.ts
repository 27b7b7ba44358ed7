import type { ServerSettings } from "./server-settings.js";

/**
 * Tells whether a client keeps content moving, both ways, without a timer or a clock reading a message.
 *
 * A request body must bring something within the idle limit, and hold the least rate over each window of
 * that length; a response must be taken from us within the write limit.
 */
export class ProgressWatch {
  readonly #settings: ServerSettings;
  #lastRead = 0;
  #lastWrite = 0;
  #windowStart = 0;
  #windowBytes = 0;

  constructor(settings: ServerSettings) {
    this.#settings = settings;
  }

  /** Content has begun to move. Returns when to {@link check} first. */
  begin(now: number, deadline: number): number {
    this.bodyResumed();
    this.#lastWrite = now;
    return Math.min(this.nextCheck(), deadline);
  }

  /** The client sent `bytes` of content. */
  received(bytes: number): void {
    this.#lastRead = this.#settings.sweeper.now;
    this.#windowBytes += bytes;
  }

  /** The client may send again after it was held back. */
  bodyResumed(): void {
    this.#lastRead = this.#settings.sweeper.now;
    this.#windowStart = this.#lastRead;
    this.#windowBytes = 0;
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
      this.bodyResumed();
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

  /** When the next of the limits could pass. */
  nextCheck(): number {
    const { bodyIdleMs, writeIdleMs } = this.#settings.timeouts;
    const bodyAt = Math.min(this.#lastRead, this.#windowStart) + bodyIdleMs;
    return Math.min(bodyAt, this.#lastWrite + writeIdleMs);
  }
}
