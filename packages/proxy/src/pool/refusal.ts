/** Why the pool did not take an edit. */
export type RefusalReason =
  /** There is no such server. */
  | "unknown-server"
  /** More than one server fits the name. */
  | "ambiguous"
  /** The server is there already, but different. */
  | "conflict"
  /** The pool has been edited since the caller looked. */
  | "stale"
  /** Another process has the pool now, or is about to: it takes the edit, at the same address. */
  | "handed-over";

/** An edit that the pool did not take. Nothing has changed. */
export class PoolRefusal extends Error {
  override readonly name = "PoolRefusal";
  readonly reason: RefusalReason;
  /** The part of the request that is at fault. */
  readonly field: string | undefined;

  constructor(message: string, reason: RefusalReason, field?: string) {
    super(message);
    this.reason = reason;
    this.field = field;
  }
}
