import type { MemberState } from "./discover.js";
import type { BalancedMember } from "./member.js";

/** Knows the members of a balancer, and which of them may be chosen now. */
export class Roster<K, Request, Response> {
  readonly #panicRatio: number;
  readonly #members = new Map<K, BalancedMember<K, Request, Response>>();
  #candidates: readonly BalancedMember<K, Request, Response>[] = [];
  #usable = 0;
  #panicking = false;
  #staleAt = Infinity;

  constructor(panicRatio: number) {
    this.#panicRatio = panicRatio;
  }

  /** How many members there are, whatever their state. */
  get size(): number {
    return this.#members.size;
  }

  /** The member under `key`. */
  get(key: K): BalancedMember<K, Request, Response> | undefined {
    return this.#members.get(key);
  }

  /** All members, in the order they came. */
  all(): Iterable<BalancedMember<K, Request, Response>> {
    return this.#members.values();
  }

  /** Adds `member`, in place of one with the same key. */
  insert(member: BalancedMember<K, Request, Response>): void {
    this.#members.set(member.key, member);
    this.changed();
  }

  /** Takes the member under `key` out. */
  remove(key: K): void {
    this.#members.delete(key);
    this.changed();
  }

  /** Changes what `state` names of the member under `key`, if there is one, at `now`. */
  update(key: K, state: MemberState, now: number): void {
    this.#members.get(key)?.update(state, now);
    this.changed();
  }

  /** Takes all members out. */
  clear(): void {
    this.#members.clear();
    this.changed();
  }

  /** To be called when the state of a member was changed. */
  changed(): void {
    this.#staleAt = -Infinity;
  }

  /**
   * Those to choose from: the usable members, or more than those when too few are (see
   * {@link panickingAt}). The same array until something changes.
   */
  candidatesAt(now: number): readonly BalancedMember<K, Request, Response>[] {
    if (now >= this.#staleAt) this.#sort(now);
    return this.#candidates;
  }

  /** How many members are healthy, not ejected and not draining. */
  usableAt(now: number): number {
    if (now >= this.#staleAt) this.#sort(now);
    return this.#usable;
  }

  /** Whether so few members are usable that they would drown, so that health is disregarded. */
  panickingAt(now: number): boolean {
    if (now >= this.#staleAt) this.#sort(now);
    return this.#panicking;
  }

  #sort(now: number): void {
    const working = [...this.#members.values()].filter((member) => !member.draining);
    const usable = working.filter((member) => member.usableAt(now));
    this.#usable = usable.length;
    const healthy = usable.length > 0 ? usable : working.filter(({ health }) => health === "healthy");
    // With nobody healthy there is nothing to spare: then a quick failure is the better answer.
    this.#panicking = healthy.length > 0 && usable.length < this.#panicRatio * working.length;
    // Ejection chooses between members, it never leaves a caller without any.
    this.#candidates = this.#panicking ? working : healthy;

    this.#staleAt = Infinity;
    for (const { ejectedUntil } of working) {
      if (ejectedUntil > now) this.#staleAt = Math.min(this.#staleAt, ejectedUntil);
    }
  }
}
