import type { AddressEntry } from "./address-book.js";

/** What a member tells of itself. Never called before the member was handed out. */
export interface MemberReports {
  /** It is connected. Its first verdict follows. */
  connected(): void;
  /** Its checks say that it is healthy. */
  healthy(): void;
  /** Its checks say that it is not. */
  unhealthy(error: unknown): void;
  /** A connection could not be made, or broke. */
  connectionError(error: unknown): void;
  /** Nothing is left of it. The last word. */
  dropped(): void;
}

/** What is connected of a member. */
export interface ConnectionCounts {
  /** Connections that calls are on. */
  readonly active: number;
  /** Connections that nobody uses. */
  readonly idle: number;
  /** Connections being made. */
  readonly connecting: number;
  /** Calls that wait for a connection. */
  readonly waiting: number;
}

/** A member in the hands of its pool. */
export interface OpenedMember<S> {
  /** Takes its calls. Ready only after the first verdict. */
  readonly service: S;
  /** What of it is connected now. */
  connections(): ConnectionCounts;
  /**
   * Takes no more calls, lets those in progress finish for at most `drainMs` milliseconds, and then
   * reports that it dropped. One that is still connecting gives up.
   */
  close(drainMs: number): void;
}

/** Opens a member at an address. It begins to connect at once, whether anybody calls it or not. */
export type OpenMember<A, S> = (address: A, reports: MemberReports) => OpenedMember<S>;

/** What a member of a pool is doing. */
export type MemberPhase =
  /** Next: connected, gone. */
  | { readonly state: "connecting" }
  /** Waits for its first verdict. Next: healthy, unhealthy, draining, gone. */
  | { readonly state: "connected" }
  /** Next: unhealthy, draining, gone. */
  | { readonly state: "healthy" }
  /** Kept only while too few are healthy. Next: healthy, draining, gone. */
  | { readonly state: "unhealthy"; readonly error: unknown }
  /** Finishes its calls. Next: gone. */
  | { readonly state: "draining" };

/** Why a member is to leave once another is healthy in its place. */
export type LeavingReason = "stale" | "aged";

/** How a member comes into its pool. */
export interface PoolMemberInit<A> {
  readonly key: number;
  readonly entry: AddressEntry<A>;
  /** Clock time in milliseconds. */
  readonly openedAt: number;
  /** Whether there were as many as wanted already, so that it has to prove itself before another goes. */
  readonly beside: boolean;
}

/** One member of a pool, with what the pool knows of it. */
export class PoolMember<A, S> {
  readonly key: number;
  readonly entry: AddressEntry<A>;
  readonly openedAt: number;
  readonly beside: boolean;
  opened!: OpenedMember<S>;
  phase: MemberPhase = { state: "connecting" };
  /** Clock time at which it connected; `Infinity` before. */
  connectedAt = Infinity;
  /** Clock time from which another should take its place. */
  leaveAt = Infinity;
  leaving: LeavingReason | undefined;
  /** Whether it may be called. */
  usable = false;
  /** Whether it was ever healthy. */
  proven = false;

  constructor({ key, entry, openedAt, beside }: PoolMemberInit<A>) {
    this.key = key;
    this.entry = entry;
    this.openedAt = openedAt;
    this.beside = beside;
  }

  get healthy(): boolean {
    return this.phase.state === "healthy";
  }
}
