import type { EvictionReason } from "./pool-events.js";
import type { PoolMember } from "./pool-member.js";

/** A member that a pool can do without, and why. */
export interface Dismissal<A, S> {
  readonly member: PoolMember<A, S>;
  readonly reason: EvictionReason;
}

/**
 * Says who of `members`, of which there are more than wanted, goes first: one that is leaving anyway, else
 * one that shares its address with the most others. Those that are not healthy go before those that are;
 * one that is just being tried beside the others has to prove itself first.
 */
export function chooseDismissal<A, S>(members: Iterable<PoolMember<A, S>>): Dismissal<A, S> | undefined {
  let first: PoolMember<A, S> | undefined;
  for (const member of members) {
    const onTrial = member.beside && !member.proven && !member.leaving;
    if (!onTrial && (!first || goesBefore(member, first))) first = member;
  }
  return first && { member: first, reason: first.leaving ?? (first.entry.uses > 1 ? "spread" : "surplus") };
}

function goesBefore<A, S>(one: PoolMember<A, S>, other: PoolMember<A, S>): boolean {
  if ((one.leaving === undefined) !== (other.leaving === undefined)) return one.leaving !== undefined;
  if (one.healthy !== other.healthy) return !one.healthy;
  return one.entry.uses > other.entry.uses;
}
