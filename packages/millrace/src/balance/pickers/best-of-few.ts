import { requireOptionalFunctions, requireWhole } from "../../base/options.js";
import { type Random, randomBelow, systemRandom } from "../../base/random.js";
import { type LoadMetric, peakEwma } from "../load/metric.js";
import type { Member } from "../member.js";
import { firstReady } from "./first-ready.js";
import type { Picker, PickTrace } from "./picker.js";
import { type PowerOfTwoOptions, powerOfTwo } from "./power-of-two.js";
import { WeightedDraw } from "./weights.js";

/** Up to how many members {@link bestOfFew} looks at all, and what it compares. */
export interface BestOfFewOptions extends PowerOfTwoOptions {
  /**
   * Up to this many members all are looked at, which takes some 15 ns for each; a whole number of at least 1.
   * @defaultValue 10
   */
  readonly few?: number | undefined;
}

/**
 * Takes the member of lowest load for its weight among all while there are few, a ready one if any is, and
 * goes over to {@link powerOfTwo} when there are more.
 *
 * Two draws often miss a good member, and take the better of two bad ones: of three members with one good one,
 * every third call. The risk of looking at all is that many clients rush to the same member. What tempts
 * them is one of which little is known: it came new, or was away while its estimate decayed. So one that was
 * not heard of lately is looked at only where chance names it.
 *
 * Hundreds of clients with few calls each may do better with {@link powerOfTwo} where one member is much quicker
 * than the others: it bounds the share of each.
 *
 * @throws MillraceError `invalid-options` when `few` is out of its range
 */
export function bestOfFew(options: BestOfFewOptions = {}): Picker {
  requireOptionalFunctions("bestOfFew", options, "load", "random");
  const { few = 10, load = peakEwma, random = systemRandom } = options;
  requireWhole("bestOfFew.few", few, 1);
  return new BestOfFew(few, load, random);
}

class BestOfFew implements Picker {
  readonly #few: number;
  readonly #load: LoadMetric;
  readonly #random: Random;
  readonly #weighted: WeightedDraw;
  readonly #ofMany: Picker;

  constructor(few: number, load: LoadMetric, random: Random) {
    this.#few = few;
    this.#load = load;
    this.#random = random;
    this.#weighted = new WeightedDraw(random);
    this.#ofMany = powerOfTwo({ load, random });
  }

  pick<M extends Member>(members: readonly M[], now: number, trace?: PickTrace): M {
    const count = members.length;
    if (count > this.#few) return this.#ofMany.pick(members, now, trace);
    const even = this.#weighted.evenAt(members, now);
    const first = even ? randomBelow(this.#random, count) : this.#weighted.first(now);
    // Another than the first, as by two draws: of two members both are looked at.
    const drawn = count > 1 ? randomBelow(this.#random, count - 1) : 0;
    const named = drawn < first ? drawn : drawn + 1;

    let best = members[first]!;
    let bestReady = best.ready;
    let bestScore = this.#score(best, now);
    trace?.looked(best, bestScore);
    for (let index = 0; index < count; index += 1) {
      if (index === first) continue;
      const member = members[index]!;
      if (isUnknown(member, now) && index !== named) continue;
      const { ready } = member;
      const score = this.#score(member, now);
      trace?.looked(member, score);
      if (ready === bestReady ? score >= bestScore : bestReady) continue;
      best = member;
      bestReady = ready;
      bestScore = score;
    }
    if (!bestReady) return this.#anyReady(members, first, best, trace);
    trace?.decided(count === 1 ? "the only candidate" : "the lowest ready one");
    return best;
  }

  #score(member: Member, now: number): number {
    const weight = member.weightAt(now);
    const load = this.#load(member, now);
    return weight === 1 ? load : load / weight;
  }

  /** One that nothing is known of is better than one that would let the call wait. */
  #anyReady<M extends Member>(members: readonly M[], first: number, best: M, trace?: PickTrace): M {
    const ready = firstReady(members, first);
    trace?.decided(ready ? "the first ready one" : "the lowest, for none is ready");
    return ready ?? best;
  }
}

/** Whether what `member` is like now is a guess: its estimate decays, and looks better the less it is called. */
function isUnknown({ load }: Member, now: number): boolean {
  const quietMs = now - load.heardAt;
  return quietMs > freshMs && quietMs > 2 * load.latencyMs(now);
}

// A tenth of what a latency decays in by default: meanwhile it has lost as much.
const freshMs = 1_000;
