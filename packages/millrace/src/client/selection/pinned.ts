import { type Random, randomBelow } from "../../base/random.js";
import type { Track } from "./node.js";
import type { AnyNode, CallEnding, NodeQuery, SelectionStrategy } from "./strategy.js";

const shortestStayMs = 570_000;
const longestStayMs = 630_000;

/** How a {@link Pinned} strategy is made. */
export interface PinnedOptions {
  /** Whether the order of the nodes is drawn anew every ten minutes or so. */
  readonly reshuffle: boolean;
  readonly random: Random;
  /** Clock time in milliseconds. */
  readonly now: number;
}

/**
 * Stays with one node until it answers with a 5xx or not at all, then goes on to the next, in an order of
 * its own. For nodes that answer better those they know. Calls wait for the pinned node, however slow.
 *
 * With `reshuffle` the order changes every 9.5 to 10.5 minutes, so that load spreads again after a failure
 * has driven all clients to one node. As conjure-rust-runtime has it.
 */
export class Pinned implements SelectionStrategy {
  readonly #random: Random;
  readonly #stayMs: number;
  #shuffledAt: number;
  #order: AnyNode[] = [];
  #nodes: readonly AnyNode[] | undefined;
  #pinned = 0;

  constructor({ reshuffle, random, now }: PinnedOptions) {
    this.#random = random;
    this.#stayMs = reshuffle ? shortestStayMs + random() * (longestStayMs - shortestStayMs) : Infinity;
    this.#shuffledAt = now;
  }

  get home(): AnyNode | undefined {
    return this.#order[this.#pinned];
  }

  select<N extends AnyNode>(nodes: readonly N[], query: NodeQuery, waitAt: N[]): N | undefined {
    const { endpoint, now, all } = query;
    this.#follow(all);
    if (now - this.#shuffledAt >= this.#stayMs) {
      this.#shuffledAt = now;
      shuffle(this.#order, this.#random);
    }
    const node = this.#order[this.#pinned] as N;
    const chosen = nodes.length === all.length || nodes.includes(node) ? node : this.#nextIn(nodes);
    if (chosen.hasRoom(chosen.track(endpoint, now))) return chosen;
    waitAt.push(chosen);
    return undefined;
  }

  /** Only the first of several failures of the pinned node moves the pin. */
  ended(node: AnyNode, _track: Track, { how }: CallEnding): void {
    if (!isFailure(how) || this.#order[this.#pinned] !== node) return;
    this.#pinned = (this.#pinned + 1) % this.#order.length;
  }

  /** The first one after the pinned that may be chosen. The pin stays. */
  #nextIn<N extends AnyNode>(nodes: readonly N[]): N {
    const count = this.#order.length;
    let place = this.#pinned;
    do place = (place + 1) % count;
    while (!nodes.includes(this.#order[place] as N));
    return this.#order[place] as N;
  }

  /** Draws an order for new nodes. One that stays pinned is pinned in the new order too. */
  #follow(nodes: readonly AnyNode[]): void {
    if (nodes === this.#nodes) return;
    const pinned = this.#order[this.#pinned];
    this.#nodes = nodes;
    this.#order = [...nodes];
    shuffle(this.#order, this.#random);
    this.#pinned = Math.max(0, pinned ? this.#order.indexOf(pinned) : 0);
  }
}

function isFailure(how: CallEnding["how"]): boolean {
  return how === "error" || how === "unavailable" || how === "lost";
}

/** Fisher and Yates. */
export function shuffle<T>(list: T[], random: Random): void {
  for (let last = list.length - 1; last > 0; last -= 1) {
    const drawn = randomBelow(random, last + 1);
    const item = list[last]!;
    list[last] = list[drawn]!;
    list[drawn] = item;
  }
}
