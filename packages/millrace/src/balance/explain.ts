import { type ContextKey, createContextKey } from "../service/context.js";
import type { Member } from "./member.js";
import type { PickTrace } from "./pickers/picker.js";

/** A member that was looked at for a call. */
export interface ScoredMember {
  /** Which member: the key its set knows it by. */
  readonly key: unknown;
  /** What the picker compared, load for weight: less is better. */
  readonly score: number;
  /** Whether a call would have started at once. */
  readonly ready: boolean;
}

/** Why a call went where it went. */
export interface PickExplanation {
  /** The member chosen; `undefined` when there was none to choose. */
  readonly chosen: unknown;
  /** The rule that decided. */
  readonly reason: string;
  /** Those the picker looked at, in that order. */
  readonly looked: readonly ScoredMember[];
  /** Members passed over because the call has been there before. */
  readonly tried: readonly unknown[];
  /** How many could have been chosen. */
  readonly candidates: number;
  /** Whether too few members were usable, so that health was disregarded. */
  readonly panicking: boolean;
}

/**
 * Attach an empty list under this key to a call's context to have every balancer the call passes, and
 * every attempt, add its explanation.
 */
export const pickExplanations: ContextKey<PickExplanation[]> = createContextKey("balance.explanations");

/**
 * Collects what a picker tells.
 *
 * @internal
 */
export class Explainer implements PickTrace {
  readonly looks: ScoredMember[] = [];
  reason = "no member";

  looked({ key, ready }: Member, score: number): void {
    this.looks.push({ key, score, ready });
  }

  decided(reason: string): void {
    this.reason = reason;
  }
}
