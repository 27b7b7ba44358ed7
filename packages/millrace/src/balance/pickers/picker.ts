import type { CallContext } from "../../service/context.js";
import type { Member } from "../member.js";

/** Chooses a member for a call. */
export interface Picker<in Request = unknown> {
  /**
   * Tells what calls are alike, for a picker that keeps them together; `undefined` for a call like no
   * other, and for one where it throws. Asked once for each choice, and only of pickers that have it.
   */
  readonly keyOf?: ((request: Request, context: CallContext) => string | undefined) | undefined;

  /**
   * Chooses one of `members`, of which there is at least one; a ready one if any is, unless to stay is
   * the picker's very point. Called for every call: must be quick, and keep nothing that ties up a
   * member which has left.
   *
   * The array is the same from call to call until something changes, except that a later attempt of a
   * call gets one without the members it has been to. `trace`, if given, is told what was looked at.
   * `key` is what {@link keyOf} gave.
   */
  pick<M extends Member>(members: readonly M[], now: number, trace?: PickTrace, key?: string): M;
}

/** Writes down how a picker came to its choice. */
export interface PickTrace {
  /** A member was looked at, and scored: less is better. */
  looked(member: Member, score: number): void;
  /** The rule that decided. */
  decided(reason: string): void;
}
