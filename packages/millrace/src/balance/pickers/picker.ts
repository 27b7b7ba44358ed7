import type { Member } from "../member.js";

/** Chooses a member for a call. */
export interface Picker {
  /**
   * Chooses one of `members`, of which there is at least one; a ready one if any is. Called for every
   * call: must be quick, and keep nothing that ties up a member which has left.
   *
   * The array is the same from call to call until something changes. `trace`, if given, is told what was
   * looked at.
   */
  pick<M extends Member>(members: readonly M[], now: number, trace?: PickTrace): M;
}

/** Writes down how a picker came to its choice. */
export interface PickTrace {
  /** A member was looked at, and scored: less is better. */
  looked(member: Member, score: number): void;
  /** The rule that decided. */
  decided(reason: string): void;
}
