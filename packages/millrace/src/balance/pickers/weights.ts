import type { Random } from "../../base/random.js";
import type { Member } from "../member.js";

/**
 * Draws members by their weight, in a time that hardly grows with their number. Remembers what it made
 * of an array for as long as it is given the same one.
 */
export class WeightedDraw {
  readonly #random: Random;
  #members: readonly Member[] = [];
  /** From when on all members weigh the same. */
  #evenFrom = Infinity;
  /** The weights added up: entry n is the sum of those before member n. */
  #sums: Float64Array = new Float64Array(1);

  constructor(random: Random) {
    this.#random = random;
  }

  /** Whether each of `members` is as likely as the others, so that weights need not be looked at. */
  evenAt(members: readonly Member[], now: number): boolean {
    if (members !== this.#members) this.#learn(members);
    return now >= this.#evenFrom;
  }

  /** The index of one of the members last given to {@link evenAt}, as likely as its share of the weight. */
  first(now: number): number {
    const total = this.#sums[this.#members.length]!;
    let index = this.#find(this.#random() * total);
    for (let again = 0; again < mostRedraws && this.#isHeldBack(index, now); again += 1) {
      index = this.#find(this.#random() * total);
    }
    return index;
  }

  /** The index of another one than `first`. */
  second(first: number, now: number): number {
    let index = this.#other(first);
    for (let again = 0; again < mostRedraws && this.#isHeldBack(index, now); again += 1) {
      index = this.#other(first);
    }
    return index;
  }

  #other(first: number): number {
    const from = this.#sums[first]!;
    const taken = this.#sums[first + 1]! - from;
    const at = this.#random() * (this.#sums[this.#members.length]! - taken);
    const index = this.#find(at < from ? at : at + taken);
    if (index !== first) return index;
    // Sums of fractions are not exact: at the edge of the first one lies its neighbour.
    return first === 0 ? 1 : first - 1;
  }

  /** Whether a member in its slow start is passed over: as often as its weight falls short. */
  #isHeldBack(index: number, now: number): boolean {
    const member = this.#members[index]!;
    return now < member.steadyFrom && this.#random() * member.weight >= member.weightAt(now);
  }

  #find(at: number): number {
    let low = 0;
    let high = this.#members.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#sums[middle]! <= at) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  #learn(members: readonly Member[]): void {
    this.#members = members;
    this.#evenFrom = evenFrom(members);
    const sums = new Float64Array(members.length + 1);
    for (let index = 0; index < members.length; index += 1) {
      sums[index + 1] = sums[index]! + members[index]!.weight;
    }
    this.#sums = sums;
  }
}

// Where nearly all are in their slow start, they are alike again.
const mostRedraws = 8;

/** The clock time from which all of `members` weigh the same; `Infinity` when they never do. */
export function evenFrom(members: readonly Member[]): number {
  let from = -Infinity;
  for (const { weight, steadyFrom } of members) {
    if (weight !== members[0]!.weight) return Infinity;
    from = Math.max(from, steadyFrom);
  }
  return from;
}
