import type { AddressEntry } from "./address-book.js";
import { type LastError, messageOf } from "./last-error.js";
import type { ConnectionCounts, LeavingReason, MemberPhase, PoolMember } from "./pool-member.js";

/** What a pool can give: enough healthy members; too few; too few of any kind, so that all are called; nothing. */
export type ChannelStatus = "healthy" | "unhealthy" | "degraded" | "closed";

/** An address of a pool as it is now. */
export interface AddressSnapshot {
  /** Its key: `10.0.0.1:80`. */
  readonly address: string;
  /** Members there. */
  readonly uses: number;
  /** Whether the resolver no longer names it. */
  readonly stale: boolean;
  /** How long until it may be tried again, in milliseconds; 0 for at once. */
  readonly backoffMs: number;
  /** The latest errors, the newest last; at most three. */
  readonly errors: readonly { readonly message: string; readonly at: number }[];
}

/** A member of a pool as it is now. */
export interface PoolMemberSnapshot {
  /** As in the balancer's snapshot. */
  readonly key: number;
  /** The key of its address: `10.0.0.1:80`. */
  readonly address: string;
  /** How far it has come: from connecting to draining. */
  readonly state: MemberPhase["state"];
  /** Whether it may be called. */
  readonly usable: boolean;
  /** How long ago it was opened, in milliseconds. */
  readonly ageMs: number;
  /** Why another is to take its place, if one is. */
  readonly leaving?: LeavingReason;
  /** What of it is connected. */
  readonly connections: ConnectionCounts;
  /** Why it is not healthy, if it is not. */
  readonly error?: string;
}

/** A pool as it is now. */
export interface PoolSnapshot {
  /** The channel's name in events, metrics and messages. */
  readonly label: string;
  /** What it can give. */
  readonly status: ChannelStatus;
  /** Members it means to have. */
  readonly wanted: number;
  /** Members it is to have healthy. */
  readonly healthyMin: number;
  /** Members that are connected and pass their checks. */
  readonly healthy: number;
  /** Members that may be called. */
  readonly usable: number;
  /** The latest failure of any address, if there was one. */
  readonly lastError: LastError | undefined;
  /** Every address that the resolver names, and those that members are still at. */
  readonly addresses: readonly AddressSnapshot[];
  /** Members, those that finish their calls included. */
  readonly members: readonly PoolMemberSnapshot[];
}

/**
 * An address as it is at `now`, in milliseconds of the clock.
 *
 * @internal
 */
export function addressSnapshot<A>(entry: AddressEntry<A>, now: number): AddressSnapshot {
  const { key, uses, stale, nextAttemptAt, errors } = entry;
  return {
    address: key,
    uses,
    stale,
    backoffMs: Math.max(0, nextAttemptAt - now),
    errors: errors.map(({ error, at }) => ({ message: messageOf(error), at })),
  };
}

/**
 * A member as it is at `now`, in milliseconds of the clock.
 *
 * @internal
 */
export function memberSnapshot<A, S>(member: PoolMember<A, S>, now: number): PoolMemberSnapshot {
  const { key, entry, phase, usable, openedAt, leaving, opened } = member;
  return {
    key,
    address: entry.key,
    state: phase.state,
    usable,
    ageMs: now - openedAt,
    ...(leaving && { leaving }),
    connections: opened.connections(),
    ...(phase.state === "unhealthy" && { error: messageOf(phase.error) }),
  };
}
