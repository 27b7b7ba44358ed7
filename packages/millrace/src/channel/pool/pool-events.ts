import { createTopic, type EventTopic } from "../../base/events.js";
import type { LastError } from "./last-error.js";

/** Which member an event is about. */
interface OfMember {
  readonly member: number;
  /** The key of its address: `10.0.0.1:80`. */
  readonly address: string;
}

/**
 * What happened to a member.
 *
 * @internal
 */
export type MemberEvent =
  /** It was opened, and begins to connect. */
  | { readonly kind: "opened" }
  | { readonly kind: "connected" }
  | { readonly kind: "healthy" }
  /** It failed a check. It is taken out, unless too few others are healthy. */
  | { readonly kind: "unhealthy"; readonly error: unknown }
  /** A connection could not be made, or broke. */
  | { readonly kind: "connection-error"; readonly error: unknown }
  /** It gets no more calls, and finishes those it has. */
  | { readonly kind: "evicted"; readonly reason: EvictionReason }
  /** Nothing is left of it. */
  | { readonly kind: "dropped" };

/**
 * What happened, whoever's pool it is.
 *
 * @internal
 */
export type PoolEventBody =
  | (OfMember & MemberEvent)
  /** The resolver named addresses, these keys. */
  | { readonly kind: "resolved"; readonly addresses: readonly string[] }
  | { readonly kind: "resolution-failed"; readonly error: unknown }
  /** Whether too few members are healthy, so that unhealthy ones are called too. */
  | { readonly kind: "critical"; readonly critical: boolean }
  | PoolUnhealthy
  | PoolHealthy;

/** A pool has been unhealthy for a while: to be logged as a warning. */
export interface PoolUnhealthy {
  readonly kind: "pool-unhealthy";
  /** Whether this was said before. */
  readonly still: boolean;
  /** For how long, in milliseconds. */
  readonly elapsedMs: number;
  /** Members that are healthy. */
  readonly healthy: number;
  /** Members it means to have. */
  readonly wanted: number;
  /** The latest failure of any address, if there was one. */
  readonly lastError: LastError | undefined;
  /** All that in a sentence. */
  readonly message: string;
}

/** A pool is healthy again that was said not to be: to be logged for information. */
export interface PoolHealthy {
  readonly kind: "pool-healthy";
  /** Members that are healthy. */
  readonly healthy: number;
  /** Members it means to have. */
  readonly wanted: number;
  /** All that in a sentence. */
  readonly message: string;
}

/** Something that happened in the pool of a channel; `label` says which. */
export type PoolEvent = PoolEventBody & { readonly label: string };

/**
 * Why a member was taken out: it failed a check; its address is no longer named; another address has no
 * member yet; it reached its age; there are more than wanted.
 */
export type EvictionReason = "unhealthy" | "stale" | "spread" | "aged" | "surplus";

/** Where the pools of all channels tell what happens to them, on the topic `millrace.channel.pool`. */
export const poolEvents: EventTopic<PoolEvent> = createTopic<PoolEvent>("millrace.channel.pool");
