import { requireOptionalFunctions, requirePositive } from "../../base/options.js";
import { type Random, systemRandom } from "../../base/random.js";
import type { Member } from "../member.js";
import type { Picker, PickTrace } from "./picker.js";

/** How {@link pinUntilError} chooses the member after the one it leaves. */
export interface PinUntilErrorOptions {
  /**
   * How long a member is kept that does not fail, in milliseconds; more than 0, `Infinity` for ever. Up
   * to a tenth is added by chance, so that many clients do not move together.
   * @defaultValue 570_000
   */
  readonly longestMs?: number | undefined;
  /** Orders the members. @defaultValue {@link systemRandom} */
  readonly random?: Random | undefined;
}

/**
 * Stays with one member until a call of it fails, then goes on to the next, in an order of its own
 * (conjure's node selection). For members that answer better those they know: warm caches, sessions.
 *
 * It stays though the member is slow or not ready: calls wait in its line. Nothing tells it of a member
 * that swallows calls; put a timeout inside. Failures of calls that were under way when it left do not
 * move it again. A member that may not be chosen is left at once, and by a call's second attempt.
 *
 * @throws MillraceError `invalid-options`, at once, when `longestMs` is not positive
 */
export function pinUntilError(options: PinUntilErrorOptions = {}): Picker {
  requireOptionalFunctions("pinUntilError", options, "random");
  const { longestMs = 570_000, random = systemRandom } = options;
  requirePositive("pinUntilError.longestMs", longestMs);
  return new PinUntilError(longestMs * (1 + random() / 10), random);
}

class PinUntilError implements Picker {
  readonly #longestMs: number;
  readonly #random: Random;
  /** Where each member stands in this picker's own order. */
  readonly #places = new WeakMap<Member, number>();
  #pinned: Member | undefined;
  #pinnedAt = -Infinity;
  /** What the pinned member had failed before it was pinned. */
  #failedBefore = 0;

  constructor(longestMs: number, random: Random) {
    this.#longestMs = longestMs;
    this.#random = random;
  }

  pick<M extends Member>(members: readonly M[], now: number, trace?: PickTrace): M {
    const pinned = this.#pinned as M | undefined;
    const present = pinned !== undefined && members.includes(pinned);
    if (!present) return this.#pin(members, now, { trace, why: "the next, for the pinned one is away" });
    if (pinned.load.failed !== this.#failedBefore) {
      return this.#pin(members, now, { trace, why: "the next, for the pinned one failed" });
    }
    if (now - this.#pinnedAt >= this.#longestMs) {
      return this.#pin(members, now, { trace, why: "the next, for the pinned one had its time" });
    }
    trace?.looked(pinned, 0);
    trace?.decided("the pinned one");
    return pinned;
  }

  #pin<M extends Member>(members: readonly M[], now: number, to: Move): M {
    const next = this.#next(members);
    this.#pinned = next;
    this.#pinnedAt = now;
    this.#failedBefore = next.load.failed;
    to.trace?.looked(next, 0);
    to.trace?.decided(to.why);
    return next;
  }

  /** The one after the pinned member in the order, or the first when that was the last. */
  #next<M extends Member>(members: readonly M[]): M {
    const from = this.#pinned ? this.#placeOf(this.#pinned) : -1;
    let first = members[0]!;
    let next: M | undefined;
    for (const member of members) {
      const place = this.#placeOf(member);
      if (place < this.#placeOf(first)) first = member;
      if (place > from && (!next || place < this.#placeOf(next))) next = member;
    }
    return next ?? first;
  }

  #placeOf(member: Member): number {
    let place = this.#places.get(member);
    if (place === undefined) {
      place = this.#random();
      this.#places.set(member, place);
    }
    return place;
  }
}

/** How a move to another member is told. */
interface Move {
  readonly trace: PickTrace | undefined;
  readonly why: string;
}
