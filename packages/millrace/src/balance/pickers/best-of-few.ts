import { requireWhole } from "../../base/options.js";
import { peakEwma } from "../load/metric.js";
import type { Member } from "../member.js";
import { leastRequest } from "./least-request.js";
import type { Picker, PickTrace } from "./picker.js";
import { type PowerOfTwoOptions, powerOfTwo } from "./power-of-two.js";

/** Up to how many members {@link bestOfFew} looks at all, and what it compares. */
export interface BestOfFewOptions extends PowerOfTwoOptions {
  /**
   * Up to this many members all are looked at; a whole number of at least 1.
   * @defaultValue 4
   */
  readonly few?: number | undefined;
}

/**
 * Takes the member of least load among all while there are few, and goes over to {@link powerOfTwo} when
 * there are more.
 *
 * Of three members two draws find the one good one only two times in three: the third call goes to one of
 * two bad ones, however bad. Rushing to the same best member, the risk of looking at all, is small as long
 * as there are only a few to choose from.
 *
 * @throws MillraceError `invalid-options` when `few` is out of its range
 */
export function bestOfFew(options: BestOfFewOptions = {}): Picker {
  const { few = 4, load = peakEwma, random } = options;
  requireWhole("bestOfFew.few", few, 1);
  const ofFew = leastRequest({ load, random });
  const ofMany = powerOfTwo({ load, random });
  return {
    pick<M extends Member>(members: readonly M[], now: number, trace?: PickTrace): M {
      return (members.length <= few ? ofFew : ofMany).pick(members, now, trace);
    },
  };
}
