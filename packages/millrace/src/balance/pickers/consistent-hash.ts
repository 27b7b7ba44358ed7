import { invalidOption, requireFunctions } from "../../base/options.js";
import { type Random, randomBelow, systemRandom } from "../../base/random.js";
import type { CallContext } from "../../service/context.js";
import type { Member } from "../member.js";
import { hashText } from "./hash.js";
import { MaglevTable } from "./maglev-table.js";
import type { Picker, PickTrace } from "./picker.js";

/** What {@link consistentHash} goes by. */
export interface ConsistentHashOptions<Request> {
  /** Tells which calls belong together; `undefined` for one that may go anywhere. */
  readonly keyOf: (request: Request, context: CallContext) => string | undefined;
  /**
   * The most calls in flight a member takes, as a multiple of its share of all; at least 1, say 1.25. What
   * is beyond goes to the next member the key would have, so that a popular key cannot drown one. Makes
   * each choice look at all members.
   * @defaultValue `Infinity`: no bound
   */
  readonly balanceFactor?: number | undefined;
  /**
   * Slots of the table, a prime number from 2 to 5_000_011. A hundred times the members or more spread
   * evenly to 1 %; a change of members takes about 15 ns a slot.
   * @defaultValue 65_537
   */
  readonly tableSize?: number | undefined;
  /**
   * Names a member, the same in every process.
   * @defaultValue its key as text
   */
  readonly nameOf?: ((key: unknown) => string) | undefined;
  /** Chooses for calls without a key. @defaultValue {@link systemRandom} */
  readonly random?: Random | undefined;
}

/**
 * Sends calls of one key to one member, by weight, the same in every process that knows the same
 * members; when one comes or leaves, few keys move but its own (Maglev). A key whose member is not ready
 * goes to the next one it would have.
 *
 * @throws MillraceError `invalid-options`, at once, when an option is out of its range
 */
export function consistentHash<Request>(options: ConsistentHashOptions<Request>): Picker<Request> {
  const { balanceFactor = Infinity, tableSize = 65_537 } = options;
  requireFunctions("consistentHash", options, "keyOf");
  if (typeof balanceFactor !== "number" || !(balanceFactor >= 1)) {
    throw invalidOption("consistentHash.balanceFactor", "a number of at least 1", balanceFactor);
  }
  if (!isPrime(tableSize) || tableSize > 5_000_011) {
    throw invalidOption("consistentHash.tableSize", "a prime number from 2 to 5000011", tableSize);
  }
  return new ConsistentHash(options, balanceFactor, tableSize);
}

class ConsistentHash<Request> implements Picker<Request> {
  readonly keyOf: (request: Request, context: CallContext) => string | undefined;
  readonly #balanceFactor: number;
  readonly #tableSize: number;
  readonly #nameOf: (member: Member) => string;
  readonly #random: Random;
  #table: MaglevTable | undefined;
  /** The array given last: one that comes twice is not just that of a later attempt. */
  #last: readonly Member[] | undefined;
  /** What of the table may be chosen; `undefined` when all may. */
  #allowed: ReadonlySet<Member> | undefined;

  constructor(options: ConsistentHashOptions<Request>, balanceFactor: number, tableSize: number) {
    const { keyOf, nameOf = String, random = systemRandom } = options;
    this.keyOf = keyOf;
    this.#balanceFactor = balanceFactor;
    this.#tableSize = tableSize;
    this.#nameOf = ({ key }) => nameOf(key);
    this.#random = random;
  }

  pick<M extends Member>(members: readonly M[], _now: number, trace?: PickTrace, key?: string): M {
    const table = this.#tableFor(members);
    const hash = key === undefined ? randomBelow(this.#random, 2 ** 32) : hashText(key);
    const start = hash % table.size;
    const stride = 1 + ((hash >>> 7) % (table.size - 1));
    const bound = this.#balanceFactor < Infinity ? loadBound(members, this.#balanceFactor) : undefined;
    const fits = (member: M) => member.ready && (!bound || member.load.inFlight < bound(member));

    let own: M | undefined;
    for (let probe = 0, slot = start; probe < mostProbes; probe += 1) {
      const member = table.at(slot) as M;
      slot = (slot + stride) % table.size;
      if (this.#allowed && !this.#allowed.has(member)) continue;
      own ??= member;
      if (!fits(member)) continue;
      trace?.looked(member, probe);
      trace?.decided(member === own ? "the one of its key" : "the next of its key with room");
      return member;
    }
    return this.#leftOver(members, own ?? members[start % members.length]!, fits, trace);
  }

  /** Chance found nobody with room: one who has, or else where the key belongs. */
  #leftOver<M extends Member>(
    members: readonly M[],
    own: M,
    fits: (member: M) => boolean,
    trace: PickTrace | undefined,
  ): M {
    const chosen = members.find(fits) ?? members.find(({ ready }) => ready) ?? own;
    trace?.looked(chosen, mostProbes);
    trace?.decided(fits(chosen) ? "the first with room" : "the one there is, for none has room");
    return chosen;
  }

  #tableFor(members: readonly Member[]): MaglevTable {
    const again = members === this.#last;
    if (again && !this.#allowed) return this.#table!;
    this.#last = members;
    if (!again && this.#table && isPart(members, this.#table.given)) {
      this.#allowed = members.length < this.#table.given.length ? new Set(members) : undefined;
      if (this.#allowed || this.#table.isOf(members)) return this.#table;
    }
    this.#allowed = undefined;
    this.#table = new MaglevTable(members, this.#tableSize, this.#nameOf);
    return this.#table;
  }
}

const mostProbes = 128;

/** The calls in flight at which a member has its share of `factor` times the mean, this call included. */
function loadBound(members: readonly Member[], factor: number): (member: Member) => number {
  let calls = 1;
  let weights = 0;
  for (const { load, weight } of members) {
    calls += load.inFlight;
    weights += weight;
  }
  return ({ weight }) => Math.ceil((factor * calls * weight) / weights);
}

function isPart(part: readonly Member[], whole: readonly Member[]): boolean {
  if (part.length > whole.length) return false;
  const all = new Set(whole);
  return part.every((member) => all.has(member));
}

function isPrime(value: number): boolean {
  if (!Number.isInteger(value) || value < 2) return false;
  for (let divisor = 2; divisor * divisor <= value; divisor += 1) {
    if (value % divisor === 0) return false;
  }
  return true;
}
