import { requireWhole } from "./options.js";
import { WaitLine } from "./wait-line.js";

/** Counts out a fixed number of permits, first come first served. */
export class Semaphore {
  readonly #line = new WaitLine();
  #capacity: number;
  #taken = 0;

  /** @throws MillraceError `invalid-options` when `capacity` is not a whole number of at least 1 */
  constructor(capacity: number) {
    requireWhole("semaphore.capacity", capacity, 1);
    this.#capacity = capacity;
  }

  /** Permits that can be out at once. Lowering it takes effect as permits come back. */
  get capacity(): number {
    return this.#capacity;
  }

  set capacity(capacity: number) {
    requireWhole("semaphore.capacity", capacity, 1);
    this.#capacity = capacity;
    this.#hand();
  }

  /** Permits out now, those handed to waiters that have not run yet included. */
  get taken(): number {
    return this.#taken;
  }

  /** How many wait in line. */
  get waiting(): number {
    return this.#line.length;
  }

  /** True when a permit is free and nobody is in line for it. */
  get available(): boolean {
    return this.#taken < this.#capacity && this.#line.length === 0;
  }

  /** Takes a permit at once; false when there is none. Give it back with {@link release}. */
  tryAcquire(): boolean {
    if (!this.available) return false;
    this.#taken += 1;
    return true;
  }

  /** Waits for a permit. A waiter that aborts takes none. */
  acquire(signal?: AbortSignal): Promise<void> {
    if (this.tryAcquire()) return Promise.resolve();
    return this.#line.join(signal);
  }

  /** Gives a permit back, to the first in line if somebody waits. */
  release(): void {
    this.#taken -= 1;
    this.#hand();
  }

  /** Turns everybody in line away with `reason`. */
  rejectWaiters(reason: unknown): void {
    this.#line.rejectAll(reason);
  }

  #hand(): void {
    while (this.#taken < this.#capacity && this.#line.releaseOne()) this.#taken += 1;
  }
}
