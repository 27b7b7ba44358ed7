import { type Clock, systemClock } from "../../base/clock.js";

const tickMs = 5_000;
const minuteMs = 60_000;

/** Counts events, and how many there are a second: a mean that forgets what is over a minute ago by a factor of e. */
export class Meter {
  readonly #clock: Clock;
  readonly #startedMs: number;
  #tickedMs: number;
  #sinceTick = 0;
  #ratePerSecond: number | undefined;
  #count = 0;

  constructor(clock: Clock = systemClock) {
    this.#clock = clock;
    this.#startedMs = clock.now();
    this.#tickedMs = this.#startedMs;
  }

  /** Events so far. */
  get count(): number {
    return this.#count;
  }

  /** Events a second, all time told. */
  get meanPerSecond(): number {
    const seconds = (this.#clock.now() - this.#startedMs) / 1_000;
    return seconds > 0 ? this.#count / seconds : 0;
  }

  /** Events a second of late, brought up to date every 5 s; 0 before the first of them is over. */
  get recentPerSecond(): number {
    this.#tick();
    return this.#ratePerSecond ?? 0;
  }

  /** Notes that something happened, once or more often. */
  mark(events = 1): void {
    this.#tick();
    this.#count += events;
    this.#sinceTick += events;
  }

  #tick(): void {
    const ticks = Math.floor((this.#clock.now() - this.#tickedMs) / tickMs);
    if (ticks <= 0) return;
    this.#tickedMs += ticks * tickMs;
    const latest = this.#sinceTick / (tickMs / 1_000);
    this.#sinceTick = 0;
    const keep = Math.exp(-tickMs / minuteMs);
    const first =
      this.#ratePerSecond === undefined ? latest : this.#ratePerSecond * keep + latest * (1 - keep);
    this.#ratePerSecond = first * keep ** (ticks - 1);
  }
}
