import type { Random } from "../../base/random.js";
import type { Track } from "./node.js";
import { shuffle } from "./pinned.js";
import type { AnyNode, CallEnding, NodeQuery, SelectionStrategy } from "./strategy.js";

const failureWeight = 10;
const refusalWeight = 0.1;
const busyFrom = 5;
const giveUpFactor = 2;

/**
 * Prefers the node with the fewest calls in flight and recent failures, as conjure-rust-runtime and Dialogue
 * have it: `score = calls in flight + round(failures)`, where a 5xx or no answer counts 10, a 4xx 0.1, and
 * half of that is forgotten every 30 s.
 *
 * Once a node has more than 5 calls in flight, those of more than twice its score are left out. Of the
 * others the first that has room gets the call; when none has, the call waits at all of them at once.
 */
export class Balanced implements SelectionStrategy {
  readonly home = undefined;
  readonly #random: Random;
  readonly #ranked: Ranked[] = [];

  constructor(random: Random) {
    this.#random = random;
  }

  select<N extends AnyNode>(nodes: readonly N[], query: NodeQuery, waitAt: N[]): N | undefined {
    const { endpoint, now } = query;
    const ranked = this.#rank(nodes, now);
    for (const { node } of ranked) {
      const candidate = node as N;
      if (candidate.hasRoom(candidate.track(endpoint, now))) {
        waitAt.length = 0;
        return candidate;
      }
      waitAt.push(candidate);
    }
    return undefined;
  }

  ended(node: AnyNode, _track: Track, { how, now }: CallEnding): void {
    const weight = weights[how];
    if (weight > 0) node.failures.add(weight, now);
  }

  /** The nodes worth trying, by score; those of the same score in random order. */
  #rank(nodes: readonly AnyNode[], now: number): readonly Ranked[] {
    const ranked = this.#ranked;
    ranked.length = 0;
    for (const node of nodes) {
      ranked.push({ node, score: node.inFlight + Math.round(node.failures.at(now)) });
    }
    shuffle(ranked, this.#random);
    ranked.sort((a, b) => a.score - b.score);
    let giveUp = Infinity;
    let kept = 0;
    for (const each of ranked) {
      if (each.score > giveUp) break;
      if (each.node.inFlight > busyFrom) giveUp = each.score * giveUpFactor;
      kept += 1;
    }
    ranked.length = kept;
    return ranked;
  }
}

interface Ranked {
  readonly node: AnyNode;
  readonly score: number;
}

const weights: Readonly<Record<CallEnding["how"], number>> = {
  good: 0,
  refused: refusalWeight,
  throttled: refusalWeight,
  error: failureWeight,
  unavailable: failureWeight,
  lost: failureWeight,
  "given-up": 0,
  unsaid: failureWeight,
};
