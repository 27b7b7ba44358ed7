import { requireFunctions, requireWhole } from "../../base/options.js";
import type { CallContext } from "../../service/context.js";
import type { Member } from "../member.js";
import { bestOfFew } from "./best-of-few.js";
import type { Picker, PickTrace } from "./picker.js";

/** What {@link sticky} keeps together, and where it puts what is new. */
export interface StickyOptions<Request> {
  /** Tells which calls belong together, say by session; `undefined` for one that belongs to no other. */
  readonly keyOf: (request: Request, context: CallContext) => string | undefined;
  /** Chooses for a key that is new, and for calls without one. @defaultValue {@link bestOfFew} */
  readonly picker?: Picker | undefined;
  /**
   * Most keys that are remembered, a whole number of at least 1: beyond, the one unused for longest is
   * forgotten.
   * @defaultValue 10_000
   */
  readonly maxKeys?: number | undefined;
}

/**
 * Sends calls of one key where the first of them went, for as long as that member may be chosen. A key
 * whose member has left, or is set aside, is given another one, and stays there; so is one whose call is
 * tried again.
 *
 * It remembers, in this process: new keys go where load is least. Where several processes must agree
 * without talking, use {@link consistentHash}.
 *
 * @throws MillraceError `invalid-options`, at once, when `maxKeys` is out of its range
 */
export function sticky<Request>(options: StickyOptions<Request>): Picker<Request> {
  const { keyOf, picker = bestOfFew(), maxKeys = 10_000 } = options;
  requireFunctions("sticky", options, "keyOf");
  requireFunctions("sticky.picker", picker, "pick");
  requireWhole("sticky.maxKeys", maxKeys, 1);
  // The first entry is the one unused for longest. Weak, so that a member which left is not kept.
  const places = new Map<string, WeakRef<Member>>();

  return {
    keyOf,
    pick<M extends Member>(members: readonly M[], now: number, trace?: PickTrace, key?: string): M {
      if (key === undefined) return picker.pick(members, now, trace);
      const place = places.get(key);
      places.delete(key);
      const known = place?.deref() as M | undefined;
      if (place && known && members.includes(known)) {
        places.set(key, place);
        trace?.looked(known, 0);
        trace?.decided("where the key went before");
        return known;
      }
      const chosen = picker.pick(members, now, trace);
      places.set(key, new WeakRef(chosen));
      if (places.size > maxKeys) places.delete(places.keys().next().value!);
      return chosen;
    },
  };
}
