import type { Member } from "../member.js";
import { hashText } from "./hash.js";

/** A look-up table that gives members their slots by weight, most of them the same after one came or left. */
export class MaglevTable<M extends Member = Member> {
  /** The members it was made of. */
  readonly given: readonly M[];
  /** The same in the order of their names, so that every process takes their turns alike. */
  readonly #members: readonly M[];
  readonly #weights: readonly number[];
  /** The index of the member that each slot belongs to. */
  readonly #slots: Int32Array;

  /** Fills a table of `size` slots, a prime number. Takes a time in proportion to that. */
  constructor(members: readonly M[], size: number, nameOf: (member: Member) => string) {
    const named = members.map((member) => ({ member, name: nameOf(member) }));
    named.sort((a, b) => (a.name < b.name ? -1 : 1));
    this.given = members;
    this.#members = named.map(({ member }) => member);
    this.#weights = members.map(({ weight }) => weight);
    this.#slots = fill(named, size);
  }

  /** The number of slots. */
  get size(): number {
    return this.#slots.length;
  }

  /** The member that slot `index` belongs to. */
  at(index: number): M {
    return this.#members[this.#slots[index]!]!;
  }

  /** Whether a new table of `members` would be the same. */
  isOf(members: readonly Member[]): boolean {
    if (members.length !== this.given.length) return false;
    return members.every((member, index) => {
      return member === this.given[index] && member.weight === this.#weights[index];
    });
  }
}

/**
 * Lets the members take slots in turn, each in an order of its own that depends on its name alone, until
 * none is left (Eisenbud et al., "Maglev", 2016). One of half the weight takes every other turn.
 */
function fill(named: readonly { member: Member; name: string }[], size: number): Int32Array {
  const slots = new Int32Array(size).fill(-1);
  const members = named.map(({ member }) => member);
  const names = named.map(({ name }) => name);
  const next = names.map((name) => hashText(name) % size);
  const steps = names.map((name) => (hashText(name, 0x9e3779b9) % (size - 1)) + 1);
  const heaviest = Math.max(...members.map(({ weight }) => weight));
  // A member's turns so far, in units of those of the heaviest.
  const due = members.map(() => 0);

  for (let filled = 0; ; ) {
    for (let index = 0; index < members.length; index += 1) {
      due[index]! += members[index]!.weight / heaviest;
      if (due[index]! < 1) continue;
      due[index]! -= 1;
      let slot = next[index]!;
      while (slots[slot]! >= 0) slot = (slot + steps[index]!) % size;
      slots[slot] = index;
      next[index] = (slot + steps[index]!) % size;
      filled += 1;
      if (filled === size) return slots;
    }
  }
}
