import { createMemberSet, type MemberSet } from "../../balance/member-set.js";
import { WaitLine } from "../../base/wait-line.js";
import { type MemberEvent, poolEvents } from "./pool-events.js";
import type { PoolMember } from "./pool-member.js";
import { Reach } from "./reach.js";

/** Keeps the members of a pool: those that count, those that only finish their calls, and who may be called. */
export class MemberRoll<A extends { readonly weight?: number | undefined }, S> {
  /** What a balancer chooses from: members that may be called are healthy there, the others are not. */
  readonly set: MemberSet<number, S> = createMemberSet();
  /** Those who wait for a member that may be called. */
  readonly callers = new WaitLine();
  /** Whether any may be called, as far as is known. */
  readonly reach = new Reach();
  readonly #label: string;
  readonly #present = new Map<number, PoolMember<A, S>>();
  readonly #draining = new Set<PoolMember<A, S>>();
  #usable = 0;
  #onGone: (() => void) | undefined;

  constructor(label: string) {
    this.#label = label;
  }

  /** Members that count. */
  get size(): number {
    return this.#present.size;
  }

  /** Members that may be called. */
  get usable(): number {
    return this.#usable;
  }

  /** Members whose place another is to take. */
  get leaving(): number {
    let leaving = 0;
    for (const member of this.#present.values()) if (member.leaving) leaving += 1;
    return leaving;
  }

  /** Members that count, as they are now. */
  present(): readonly PoolMember<A, S>[] {
    return [...this.#present.values()];
  }

  /** Members that count, and then those that only finish their calls. */
  all(): readonly PoolMember<A, S>[] {
    return [...this.#present.values(), ...this.#draining];
  }

  /** Whether `member` counts. */
  has(member: PoolMember<A, S>): boolean {
    return this.#present.has(member.key);
  }

  /** Takes `member` in, which may not be called yet. */
  enter(member: PoolMember<A, S>): void {
    const weight = member.entry.address.weight ?? 1;
    this.#present.set(member.key, member);
    this.set.insert(member.key, member.opened.service, { weight, health: "unhealthy" });
    this.tell(member, { kind: "opened" });
  }

  /** Takes over the weights that the resolver names. */
  reweigh(): void {
    for (const { key, entry } of this.present()) this.set.update(key, { weight: entry.address.weight ?? 1 });
  }

  /** Lets `member` be called, or not. */
  setUsable(member: PoolMember<A, S>, usable: boolean): void {
    if (member.usable === usable) return;
    member.usable = usable;
    this.#usable += usable ? 1 : -1;
    this.set.update(member.key, { health: usable ? "healthy" : "unhealthy" });
    if (usable) {
      this.callers.releaseAll();
      this.reach.gained();
    } else if (this.#usable === 0) this.reach.lost();
  }

  /** Counts `member` no longer. False when it did not count. */
  leave(member: PoolMember<A, S>): boolean {
    if (!this.#present.has(member.key)) return false;
    this.setUsable(member, false);
    this.#present.delete(member.key);
    this.set.remove(member.key);
    return true;
  }

  /** Lets `member`, which counts no longer, finish its calls. */
  drain(member: PoolMember<A, S>, drainMs: number): void {
    member.phase = { state: "draining" };
    this.#draining.add(member);
    member.opened.close(drainMs);
  }

  /** Nothing is left of `member`. */
  gone(member: PoolMember<A, S>): void {
    this.#draining.delete(member);
    this.tell(member, { kind: "dropped" });
    if (this.#draining.size === 0) this.#onGone?.();
  }

  /** Settles when nothing is left of any member that drains. */
  async whenGone(): Promise<void> {
    if (this.#draining.size > 0) await new Promise<void>((resolve) => (this.#onGone = resolve));
  }

  /** Tells what happened to `member`. */
  tell(member: PoolMember<A, S>, event: MemberEvent): void {
    if (!poolEvents.active) return;
    poolEvents.publish({ label: this.#label, member: member.key, address: member.entry.key, ...event });
  }
}
