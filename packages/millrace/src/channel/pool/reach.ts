import { WaitLine } from "../../base/wait-line.js";
import { type Watch, WatchSource } from "../../base/watch.js";

/** Whether anybody of a pool can be called, as far as is known, and those who wait only while that is open. */
export class Reach {
  readonly #reachable = new WatchSource(true);
  readonly #line = new WaitLine();

  /**
   * True at first, and while a member may be called: false from the time that the last one is lost, or an
   * attempt at one fails while there is none.
   */
  get reachable(): Watch<boolean> {
    return this.#reachable;
  }

  /** Waits until a member may be called. Rejects with the reason once nobody is being tried any more. */
  join(signal?: AbortSignal): Promise<void> {
    return this.#line.join(signal);
  }

  /** A member may be called. */
  gained(): void {
    this.#reachable.set(true);
    this.#line.releaseAll();
  }

  /** No member may be called; somebody may be trying to change that. */
  lost(): void {
    this.#reachable.set(false);
  }

  /** No member may be called, and nobody is being tried, for `reason`. */
  gaveUp(reason: unknown): void {
    this.#reachable.set(false);
    this.#line.rejectAll(reason);
  }
}
