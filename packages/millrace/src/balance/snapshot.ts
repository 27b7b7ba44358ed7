import type { MemberHealth } from "./discover.js";
import type { BalancedMember } from "./member.js";

/** A member as it is now. */
export interface MemberSnapshot<K> {
  /** What the set knows it by. */
  readonly key: K;
  /** Whether a call would start at once. */
  readonly ready: boolean;
  /** Its whole weight. */
  readonly weight: number;
  /** Its weight as of now: less during a slow start. */
  readonly weightNow: number;
  /** What active checks say. */
  readonly health: MemberHealth;
  /** Whether it gets no new calls. */
  readonly draining: boolean;
  /** Calls whose response has not been read to its end. */
  readonly inFlight: number;
  /** Calls started since the member came. */
  readonly started: number;
  /** Calls failed since the member came. */
  readonly failed: number;
  /** How long it takes to answer, in milliseconds: peak EWMA. */
  readonly latencyMs: number;
  /** How long the oldest call without an answer has been waiting, in milliseconds; 0 if none is. */
  readonly oldestMs: number;
  /** Failures in a row. */
  readonly failures: number;
  /** How often it was set aside for its failures lately. */
  readonly ejections: number;
  /** For how long it is still set aside, in milliseconds; 0 if it is not. */
  readonly ejectedMs: number;
}

/** A balancer as it is now. */
export interface BalanceSnapshot<K> {
  /** Every member of the set, draining ones included. */
  readonly members: readonly MemberSnapshot<K>[];
  /** How many members are healthy, not ejected and not draining. */
  readonly usable: number;
  /** Whether too few are, so that health is disregarded. */
  readonly panicking: boolean;
  /** Calls that wait for a member to come. */
  readonly waiting: number;
}

/**
 * A member as the balancer sees it at `now`, in milliseconds of the clock.
 *
 * @internal
 */
export function snapshotOf<K>(member: BalancedMember<K, never, unknown>, now: number): MemberSnapshot<K> {
  const { key, ready, weight, health, draining, load, failures, ejections } = member;
  return {
    key,
    ready,
    weight,
    weightNow: member.weightAt(now),
    health,
    draining,
    inFlight: load.inFlight,
    started: load.started,
    failed: load.failed,
    latencyMs: load.latencyMs(now),
    oldestMs: load.oldestMs(now),
    failures,
    ejections,
    ejectedMs: Math.max(0, member.ejectedUntil - now),
  };
}
