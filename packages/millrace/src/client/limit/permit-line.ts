/** Who waits for a permit. An object, so that waiting costs no promise. */
export interface PermitWaiter {
  /** Called when the waiter has got a permit of `line`, which it has left. Must not throw. */
  granted(line: PermitLine): void;
}

/**
 * Counts out permits strictly first come first served; how many there are may change at any time.
 *
 * Lowering the number takes nothing back: for a while more are out than there are, and nobody gets one.
 * Unlike `Semaphore` it tells its waiters at once, in the same tick: so one may stand in several lines and
 * leave the others before anybody else moves.
 */
export class PermitLine {
  #total: number;
  #taken = 0;
  readonly #line = new Set<PermitWaiter>();

  constructor(total: number) {
    this.#total = total;
  }

  /** Permits that may be out at once. */
  get total(): number {
    return this.#total;
  }

  set total(total: number) {
    this.#total = total;
    this.#hand();
  }

  /** Permits out now. */
  get taken(): number {
    return this.#taken;
  }

  /** How many wait in line. */
  get waiting(): number {
    return this.#line.size;
  }

  /** Whether a permit is free and nobody stands in line for it. */
  get available(): boolean {
    return this.#taken < this.#total && this.#line.size === 0;
  }

  /** Takes a permit at once; false when there is none, or others came first. Give it back with {@link give}. */
  tryTake(): boolean {
    if (!this.available) return false;
    this.#taken += 1;
    return true;
  }

  /** Stands in line. Only when {@link tryTake} has said no. */
  join(waiter: PermitWaiter): void {
    this.#line.add(waiter);
  }

  /** Leaves the line, from any place in it. Does nothing for one that does not stand there. */
  leave(waiter: PermitWaiter): void {
    this.#line.delete(waiter);
  }

  /** Gives a permit back, to the first in line if somebody waits. */
  give(): void {
    this.#taken -= 1;
    this.#hand();
  }

  #hand(): void {
    for (const waiter of this.#line) {
      if (this.#taken >= this.#total) return;
      this.#line.delete(waiter);
      this.#taken += 1;
      waiter.granted(this);
    }
  }
}
