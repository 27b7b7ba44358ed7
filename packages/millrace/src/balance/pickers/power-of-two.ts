import { requireOptionalFunctions } from "../../base/options.js";
import { type Random, randomBelow, systemRandom } from "../../base/random.js";
import { type LoadMetric, peakEwma } from "../load/metric.js";
import type { Member } from "../member.js";
import { firstReady } from "./first-ready.js";
import type { Picker, PickTrace } from "./picker.js";
import { WeightedDraw } from "./weights.js";

/** What {@link powerOfTwo} compares, and how it draws. */
export interface PowerOfTwoOptions {
  /** What is compared. @defaultValue {@link peakEwma} */
  readonly load?: LoadMetric | undefined;
  /** @defaultValue {@link systemRandom} */
  readonly random?: Random | undefined;
}

/**
 * Draws two members at random, by weight, and takes the one of lower load for its weight, the first
 * drawn if they are equal. Nearly as even as looking at all of them, at a cost that does not grow with their number,
 * and without every client rushing to the same best one.
 *
 * When neither of the two is ready, it takes the first ready one from there on; when none at all is, the
 * call waits in line at the better of the two.
 */
export function powerOfTwo(options: PowerOfTwoOptions = {}): Picker {
  requireOptionalFunctions("powerOfTwo", options, "load", "random");
  return new PowerOfTwo(options.load ?? peakEwma, options.random ?? systemRandom);
}

class PowerOfTwo implements Picker {
  readonly #load: LoadMetric;
  readonly #random: Random;
  readonly #weighted: WeightedDraw;

  constructor(load: LoadMetric, random: Random) {
    this.#load = load;
    this.#random = random;
    this.#weighted = new WeightedDraw(random);
  }

  pick<M extends Member>(members: readonly M[], now: number, trace?: PickTrace): M {
    const count = members.length;
    const even = this.#weighted.evenAt(members, now);
    const first = even ? randomBelow(this.#random, count) : this.#weighted.first(now);
    const a = members[first]!;
    if (count === 1) {
      trace?.looked(a, this.#score(a, now));
      trace?.decided("the only candidate");
      return a;
    }
    const b = members[even ? this.#other(first, count) : this.#weighted.second(first, now)]!;
    const scoreA = this.#score(a, now);
    const scoreB = this.#score(b, now);
    trace?.looked(a, scoreA);
    trace?.looked(b, scoreB);

    const aReady = a.ready;
    if (aReady !== b.ready) {
      trace?.decided("the ready one of two");
      return aReady ? a : b;
    }
    if (!aReady) {
      const ready = firstReady(members, first);
      trace?.decided(
        ready ? "the first ready one, for neither of two is" : "the lower of two, for none is ready",
      );
      if (ready) return ready;
    } else {
      trace?.decided("the lower of two");
    }
    return scoreB < scoreA ? b : a;
  }

  /** Leaves the first index out, so that the two are distinct and every pair is equally likely. */
  #other(first: number, count: number): number {
    const drawn = randomBelow(this.#random, count - 1);
    return drawn < first ? drawn : drawn + 1;
  }

  #score(member: Member, now: number): number {
    return this.#load(member, now) / member.weightAt(now);
  }
}
