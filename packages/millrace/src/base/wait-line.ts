import { createDeferred, type Deferred } from "./deferred.js";
import { type AbortFollower, follow, unfollow } from "./signal.js";

/**
 * A line of waiters, first come first served.
 *
 * A waiter whose signal aborts leaves the line at once; its place is not given to anybody by mistake.
 */
export class WaitLine {
  readonly #waiting = new Set<Deferred<void>>();

  /** How many wait. */
  get length(): number {
    return this.#waiting.size;
  }

  /** Joins the end of the line. Rejects with the signal's reason if it aborts first. */
  join(signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.reject(signal.reason as Error);
    const place = createDeferred();
    this.#waiting.add(place);
    if (!signal) return place.promise;

    const follower: AbortFollower = {
      callAborted: (reason) => {
        this.#waiting.delete(place);
        place.reject(reason);
      },
    };
    follow(signal, follower);
    const leave = () => unfollow(signal, follower);
    place.promise.then(leave, leave);
    return place.promise;
  }

  /** Lets the first in line go. False when nobody waits. */
  releaseOne(): boolean {
    for (const place of this.#waiting) {
      this.#waiting.delete(place);
      place.resolve();
      return true;
    }
    return false;
  }

  /** Lets everybody go. */
  releaseAll(): void {
    while (this.releaseOne());
  }

  /** Turns everybody away with `reason`. */
  rejectAll(reason: unknown): void {
    for (const place of this.#waiting) {
      this.#waiting.delete(place);
      place.reject(reason);
    }
  }
}
