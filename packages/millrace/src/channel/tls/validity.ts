import type { Clock } from "../../base/clock.js";
import { type Watch, WatchSource } from "../../base/watch.js";

/** When a certificate is good, in milliseconds since the Unix epoch; `undefined` for no bound. */
export interface Validity {
  /** It is good from then on. */
  readonly validFrom: number | undefined;
  /** It is good until then. */
  readonly expiresAt: number | undefined;
}

/** A certificate this close to its end, in milliseconds, is unhealthy. */
const expiryMarginMs = 30_000;

/** Health is looked at anew after this long, in milliseconds: wall clocks are set. */
const longestJudgedMs = 3_600_000;

/** Judges one certificate after the other: healthy while it is good, and will be for 30 seconds more. */
export class ValidityJudge implements Disposable {
  readonly #clock: Clock;
  readonly #healthy = new WatchSource(false);
  #turn: Disposable | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The judgement; false before there is anything to judge. */
  get healthy(): Watch<boolean> {
    return this.#healthy;
  }

  /** Judges this from now on, and comes back when the judgement will have changed. */
  judge(validity: Validity): void {
    this.#turn?.[Symbol.dispose]();
    const now = this.#clock.wallTime();
    const from = validity.validFrom ?? -Infinity;
    const until = (validity.expiresAt ?? Infinity) - expiryMarginMs;
    const next = now < from ? from : until;
    if (now < next && next < Infinity) {
      const waitMs = Math.min(next - now, longestJudgedMs);
      this.#turn = this.#clock.schedule(waitMs, () => this.judge(validity), "upkeep");
    }
    this.#healthy.set(now >= from && now < until);
  }

  /** Judges no longer: what was said last stays. */
  [Symbol.dispose](): void {
    this.#turn?.[Symbol.dispose]();
  }
}
