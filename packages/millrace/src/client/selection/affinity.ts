import type { Track } from "./node.js";
import type { AnyNode } from "./strategy.js";

/** Steady answers show that a node does not feel what is under way; with more calls than these, nothing is shown. */
const fewCalls = 8;
/** So many calls in a row; then the node that is cheapest has its turn, so that each is heard of again. */
const mostCalls = 200;
/** Doubted so much more than the least doubted of its peers, a node is left. */
const mostExcess = 0.05;
/** A peer is gone to when the node stayed with takes so many times as long. */
const slower = 1.25;

/** What a strategy sees of some nodes, in one look. */
export interface Sight {
  nodes: readonly AnyNode[];
  /** The tracks of the endpoint called, by place in `nodes`; `doubtNow` is of this look. */
  readonly tracks: Track[];
  /** The least of their doubts. */
  leastDoubt: number;
  /** Clock time in milliseconds. */
  now: number;
}

/**
 * Keeps a client that has little under way with one node.
 *
 * Whoever takes turns meets each node that breaks; whoever stays meets one of them, and the others break
 * without its notice. So a client stays with a node that has answered well, as long as nothing speaks against
 * it: answers that take now more time and now less, as they do where calls stand in line; a doubt; a peer that
 * is known to be quicker. After so many calls one goes to whoever is cheapest, and the client moves there
 * once that one was answered well.
 */
export class Affinity {
  #home: AnyNode | undefined;
  /** Where it stood last among all nodes. */
  #place = 0;
  /** Calls that went there. */
  #calls = 0;
  /** Whoever is moved to when it answers. */
  #next: AnyNode | undefined;

  /** The node stayed with. */
  get home(): AnyNode | undefined {
    return this.#home;
  }

  /** The node stayed with, if it is one of all `nodes`, of which there may be many. */
  homeAmong(nodes: readonly AnyNode[]): AnyNode | undefined {
    const home = this.#home;
    if (!home || nodes[this.#place] === home) return home;
    this.#place = nodes.indexOf(home);
    return this.#place < 0 ? undefined : home;
  }

  /**
   * The node to stay with for a call; `undefined` when it had better go to whoever is cheapest. Nodes that
   * were drawn include the one stayed with, so that one that is not among them is gone.
   */
  at(sight: Sight): AnyNode | undefined {
    const home = this.#home;
    if (!home) return undefined;
    const place = sight.nodes.indexOf(home);
    if (place < 0 || isOutdone(place, sight)) {
      this.#home = undefined;
      return undefined;
    }
    const { steady } = sight.tracks[place]!.steadiness;
    return steady && this.#calls < mostCalls && isIdle(sight.nodes) ? home : undefined;
  }

  /** Notes that a call goes to `node`. */
  went(node: AnyNode): void {
    if (this.#calls >= mostCalls) {
      this.#next = node;
      this.#calls = 0;
    }
    if (node === this.#home) this.#calls += 1;
  }

  /** Notes that `node` gave a good answer. */
  heard(node: AnyNode): void {
    if (this.#home !== undefined && node !== this.#next) return;
    this.#home = node;
    this.#next = undefined;
    this.#calls = 0;
  }
}

/** Whether a peer does better than the node at `place`. */
function isOutdone(place: number, { nodes, tracks, leastDoubt, now }: Sight): boolean {
  const mostDoubt = leastDoubt + mostExcess;
  const own = tracks[place]!;
  if (own.doubtNow > mostDoubt) return true;
  const enoughMs = own.load.latencyMs(now) / slower;
  for (let index = 0; index < nodes.length; index += 1) {
    const { doubtNow, load } = tracks[index]!;
    if (load.heardLatencyMs < enoughMs && doubtNow <= mostDoubt) return true;
  }
  return false;
}

function isIdle(nodes: readonly AnyNode[]): boolean {
  let calls = 0;
  for (const node of nodes) calls += node.inFlight;
  return calls < fewCalls;
}
