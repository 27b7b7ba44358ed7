import type { Clock, Timer } from "../base/clock.js";

/** Something that ends when its time has come. Links to its neighbours, so that waiting allocates nothing. */
export interface Deadlined {
  /** Clock time in milliseconds at which {@link expire} is due. */
  readonly expiresAt: number;
  /** Called once the time has come, after it left the queue. Must not throw. */
  expire(): void;
  /** @internal */
  earlier: Deadlined | undefined;
  /** @internal */
  later: Deadlined | undefined;
}

/**
 * Watches any number of equally long waits with one timer: they end in the order they began.
 *
 * When a time has come, the event loop gets one more turn before {@link Deadlined.expire}. So an answer
 * that arrived in time wins, even when the process was too busy to look at it; and a process that stood
 * still does not give up on all its calls at once.
 *
 * The timer of a call that ends in time is kept for the next one, without keeping the process alive: one
 * call at a time would else arm and cancel one each. Only a layer that is used more than once keeps one.
 */
export class Deadlines {
  readonly #clock: Clock;
  #first: Deadlined | undefined;
  #last: Deadlined | undefined;
  #timer: Timer | undefined;
  /** Whether the timer waits for nobody. */
  #idle = false;
  #usedAgain = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Watches `item`, which must not expire before any that is watched already. */
  add(item: Deadlined): void {
    item.earlier = this.#last;
    if (this.#last) this.#last.later = item;
    else this.#first = item;
    this.#last = item;
    if (!this.#timer) this.#arm(item);
    else if (this.#idle) this.#resume();
  }

  /** Stops watching `item`, which must be watched. */
  delete(item: Deadlined): void {
    if (item.earlier) item.earlier.later = item.later;
    else this.#first = item.later;
    if (item.later) item.later.earlier = item.earlier;
    else this.#last = item.earlier;
    item.earlier = undefined;
    item.later = undefined;
    if (!this.#first) this.#rest();
  }

  #arm(first: Deadlined): void {
    this.#timer = this.#clock.schedule(first.expiresAt - this.#clock.now(), this.#look);
  }

  /** Lets a timer be that was armed for an earlier item: it is due before the one that comes. */
  #resume(): void {
    this.#idle = false;
    this.#timer!.serve!("call");
  }

  #rest(): void {
    const timer = this.#timer;
    if (this.#usedAgain && timer?.serve) {
      this.#idle = true;
      timer.serve("upkeep");
    } else {
      this.#usedAgain = true;
      timer?.[Symbol.dispose]();
      this.#timer = undefined;
    }
  }

  readonly #look = () => {
    this.#rung();
    const first = this.#first;
    if (first && first.expiresAt <= this.#clock.now()) this.#timer = this.#clock.schedule(0, this.#expire);
    else if (first) this.#arm(first);
  };

  readonly #expire = () => {
    this.#rung();
    const now = this.#clock.now();
    for (let item = this.#first; item && item.expiresAt <= now; item = this.#first) {
      this.delete(item);
      item.expire();
    }
    if (this.#first && !this.#timer) this.#arm(this.#first);
  };

  #rung(): void {
    this.#timer = undefined;
    this.#idle = false;
  }
}
