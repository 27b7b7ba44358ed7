/** What active checks say of a member. */
export type MemberHealth = "healthy" | "unhealthy";

/** What is known of a member beside its service. */
export interface MemberState {
  /** Share of the load relative to other members, more than 0. @defaultValue 1 */
  readonly weight?: number | undefined;
  /** What active checks say. @defaultValue `healthy` */
  readonly health?: MemberHealth | undefined;
  /** Whether it gets no new calls, and only finishes those it has. @defaultValue false */
  readonly draining?: boolean | undefined;
}

/** One change of a set of members. */
export type Change<K, S> =
  /** A member came. One that was there under the same key is replaced. */
  | { readonly kind: "insert"; readonly key: K; readonly service: S; readonly state?: MemberState }
  /** What is known of a member changed; what `state` leaves out stays. */
  | { readonly kind: "update"; readonly key: K; readonly state: MemberState }
  /** A member left. Its calls in flight go on. */
  | { readonly kind: "remove"; readonly key: K };

/** A set of members that changes: what a balancer chooses from. */
export interface Discover<K, S> {
  /**
   * Calls `listener` with an insert for each present member, before it returns, and then with each
   * change, until the handle is disposed.
   */
  subscribe(listener: (change: Change<K, S>) => void): Disposable;
}
