import type { Random } from "../../base/random.js";
import type { Member } from "../member.js";

/**
 * Draws members by their weight, in a time that does not grow with their number. Remembers what it made
 * of an array for as long as it is given the same one.
 *
 * The whole weight is cut into as many equal parts as there are members, and for each part is known which
 * member its beginning falls on: from there the one drawn is one step away on average, however unlike the
 * weights (the cutpoint method of Chen and Asau).
 */
export class WeightedDraw {
  readonly #random: Random;
  #members: readonly Member[] = [];
  /** From when on all members weigh the same. */
  #evenFrom = Infinity;
  /** The weights added up: entry n is the sum of those before member n. */
  #sums: Float64Array = new Float64Array(1);
  /** The member on which the beginning of each part falls. */
  #cuts: Uint32Array = new Uint32Array(1);
  #partsPerWeight = 0;

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
    const last = this.#members.length - 1;
    let index = this.#cuts[Math.min(Math.floor(at * this.#partsPerWeight), last)]!;
    // A part's number is rounded, so that its beginning may lie past what was asked for.
    while (index > 0 && this.#sums[index]! > at) index -= 1;
    while (index < last && this.#sums[index + 1]! <= at) index += 1;
    return index;
  }

  #learn(members: readonly Member[]): void {
    this.#members = members;
    this.#evenFrom = evenFrom(members);
    const sums = new Float64Array(members.length + 1);
    for (let index = 0; index < members.length; index += 1) {
      sums[index + 1] = sums[index]! + members[index]!.weight;
    }
    this.#sums = sums;
    this.#cut(members.length);
  }

  #cut(count: number): void {
    this.#partsPerWeight = count / this.#sums[count]!;
    this.#cuts = new Uint32Array(count);
    let index = 0;
    for (let part = 0; part < count; part += 1) {
      while (index < count - 1 && this.#sums[index + 1]! * this.#partsPerWeight <= part) index += 1;
      this.#cuts[part] = index;
    }
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
