import { requireOptionalFunctions } from "../../base/options.js";
import { type Random, randomBelow, systemRandom } from "../../base/random.js";
import { inFlight, type LoadMetric } from "../load/metric.js";
import type { Member } from "../member.js";
import type { Picker, PickTrace } from "./picker.js";

/** What {@link leastRequest} compares. */
export interface LeastRequestOptions {
  /** What is compared. @defaultValue {@link inFlight} */
  readonly load?: LoadMetric | undefined;
  /** Breaks ties. @defaultValue {@link systemRandom} */
  readonly random?: Random | undefined;
}

/**
 * Takes the member of least load for its weight, a ready one if any is; among equals, one at random.
 *
 * Looks at all members for each call: for a few of them, or calls so long that every one counts. Many
 * clients that do so all rush to the same member; {@link powerOfTwo} does not.
 */
export function leastRequest(options: LeastRequestOptions = {}): Picker {
  requireOptionalFunctions("leastRequest", options, "load", "random");
  const { load = inFlight, random = systemRandom } = options;
  return {
    pick<M extends Member>(members: readonly M[], now: number, trace?: PickTrace): M {
      const start = randomBelow(random, members.length);
      let best = members[start]!;
      let bestReady = false;
      let bestScore = Infinity;
      for (let step = 0; step < members.length; step += 1) {
        const member = members[(start + step) % members.length]!;
        const score = load(member, now) / member.weightAt(now);
        const { ready } = member;
        trace?.looked(member, score);
        if (ready === bestReady ? score >= bestScore : bestReady) continue;
        best = member;
        bestReady = ready;
        bestScore = score;
      }
      trace?.decided(bestReady ? "the lowest ready one" : "the lowest, for none is ready");
      return best;
    },
  };
}
