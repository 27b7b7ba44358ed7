import { TriedMembers } from "../../balance/tried.js";
import { type Random, randomBelow } from "../../base/random.js";
import type { CallContext } from "../../service/context.js";
import { Affinity, type Sight } from "./affinity.js";
import { avoidedFrom, type Doubt } from "./doubt.js";
import { noteElsewhere } from "./elsewhere.js";
import type { Track } from "./node.js";
import { costOf, doubtOf, isProbeDue, look, noteProbe } from "./outlook.js";
import type { AnyNode, CallEnding, NodeQuery, SelectionStrategy } from "./strategy.js";

/** Up to so many nodes all are looked at for each call; of more, so many are drawn. */
const mostLooks = 8;
const drawnLooks = 4;

/** A call had better go where it has not been. */
const triedFactor = 4;

/** What may be doubted of a node or of an endpoint of it. */
interface Question {
  /** So many calls fail without anything being broken: nobody is taken for better than that. */
  readonly usual: number;
  /** The share of calls that fail in the long run. */
  readonly rateOf: (node: AnyNode, track: Track) => number;
}

/** A node that says it is not there, or is not, hardly ever does so by accident. */
const reaching: Question = { usual: 0.0001, rateOf: ({ doubt }) => doubt.failureRate };
const working: Question = { usual: 0.0005, rateOf: (_node, { doubt }) => doubt.failureRate };
/** A refusal is more often than not the caller's own fault. */
const accepting: Question = { usual: 0.01, rateOf: (_node, { oddity }) => oddity.failureRate };

/**
 * Millrace's own: goes where the next answer is likely to come soonest, and to come at all.
 *
 * What a node costs is its latency for the endpoint (peak EWMA), more while it is silent beyond that time,
 * times the calls it would have. With few calls under way it stays with a node that answers steadily. Doubts
 * raise the cost; a node that is doubted much more than a peer, for this endpoint, gets no calls but rare
 * probes. When no node has room a call waits at all that are not avoided, and goes to the first that has.
 */
export class Adaptive implements SelectionStrategy {
  readonly #random: Random;
  readonly #tried = new TriedMembers<AnyNode>();
  readonly #drawn: AnyNode[] = [];
  readonly #sight: Sight = { nodes: [], tracks: [], leastDoubt: 1, now: 0 };
  readonly #affinity = new Affinity();
  #turns = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  get home(): AnyNode | undefined {
    return this.#affinity.home;
  }

  select<N extends AnyNode>(nodes: readonly N[], query: NodeQuery, waitAt: N[]): N | undefined {
    const looked = nodes.length <= mostLooks ? nodes : this.#draw(nodes);
    let chosen = this.#among(looked, query, waitAt);
    if (!chosen && looked !== nodes) {
      waitAt.length = 0;
      chosen = this.#among(nodes, query, waitAt);
    }
    if (chosen) {
      this.#turns += 1;
      chosen.turn = this.#turns;
    }
    return chosen;
  }

  ended(node: AnyNode, track: Track, ending: CallEnding): void {
    const { how, context } = ending;
    // Only who may come back need be told apart: to note each call would cost each of them something.
    if (how !== "good" && how !== "refused") this.#tried.note(node, context);
    if (how === "unavailable" || how === "lost") {
      this.#failed(node, ending, [node.doubt, reaching]);
      noteElsewhere(
        context,
        ending.nodes.some((peer) => peer !== node && this.#welcomes(peer, ending)),
      );
    } else if (how !== "given-up" && how !== "unsaid") this.#answered(node, track, ending);
    // A probe that tells nothing of a doubt leaves it open for another one.
    node.doubt.ended();
    track.doubt.ended();
    track.oddity.ended();
  }

  #answered(node: AnyNode, track: Track, ending: CallEnding): void {
    const { how, startedAt, now } = ending;
    node.doubt.succeeded(startedAt, now);
    if (how === "good" || how === "refused") this.#affinity.heard(node);
    if (how === "error") this.#failed(node, ending, [track.doubt, working]);
    else track.doubt.succeeded(startedAt, now);
    if (how === "refused") this.#failed(node, ending, [track.oddity, accepting]);
    else if (how === "good") track.oddity.succeeded(startedAt, now);
  }

  #failed(node: AnyNode, ending: CallEnding, [doubt, { usual, rateOf }]: readonly [Doubt, Question]): void {
    const usually = Math.max(usual, bestOfPeers(node, ending, rateOf));
    doubt.failed({ usually, elapsedMs: ending.now - ending.startedAt, now: ending.now });
  }

  /** Whether `peer` would take the call of `ending` at once, and seems well. */
  #welcomes(peer: AnyNode, { endpoint, context, now }: CallEnding): boolean {
    const track = peer.track(endpoint, now);
    if (this.#tried.of(context).has(peer) || !peer.hasRoom(track)) return false;
    return doubtOf(peer, track, now) < avoidedFrom;
  }

  #draw<N extends AnyNode>(nodes: readonly N[]): readonly N[] {
    const drawn = this.#drawn as N[];
    for (let look = 0; look < drawnLooks; look += 1)
      drawn[look] = nodes[randomBelow(this.#random, nodes.length)]!;
    const home = this.#affinity.homeAmong(nodes);
    if (home) drawn[0] = home as N;
    return drawn;
  }

  #among<N extends AnyNode>(nodes: readonly N[], query: NodeQuery, waitAt: N[]): N | undefined {
    const { now, context } = query;
    const { tracks, leastDoubt } = this.#survey(nodes, query);
    const tried = isLater(context) ? this.#tried.of(context) : undefined;
    const home = tried ? undefined : this.#affinity.at(this.#sight);
    let best: N | undefined;
    let bestCost = Infinity;
    for (let index = 0; index < nodes.length; index += 1) {
      const node = nodes[index]!;
      const track = tracks[index]!;
      const excess = track.doubtNow - leastDoubt;
      const hasRoom = node.hasRoom(track);
      if (excess >= avoidedFrom) {
        if (!isProbeDue(node, track, now) || !hasRoom) continue;
        noteProbe(node, track);
        return node;
      }
      if (!hasRoom) {
        waitAt.push(node);
        continue;
      }
      const cost = node === home ? 0 : costOf(track, excess) * (tried?.has(node) ? triedFactor : 1);
      // Of equals the one whose last turn is longest ago: more even than chance.
      if (cost < bestCost || (cost === bestCost && node.turn < best!.turn)) {
        best = node;
        bestCost = cost;
      }
    }
    if (best) this.#affinity.went(best);
    return best;
  }

  /** Looks at `nodes`, and lays their tracks and doubts ready. */
  #survey(nodes: readonly AnyNode[], { endpoint, now }: NodeQuery): Sight {
    const sight = this.#sight;
    sight.nodes = nodes;
    sight.leastDoubt = 1;
    sight.now = now;
    for (let index = 0; index < nodes.length; index += 1) {
      const node = nodes[index]!;
      const track = node.track(endpoint, now);
      sight.tracks[index] = track;
      // Whoever had no turn yet gets a random place before all that had, so that clients start differently.
      if (node.turn === 0) node.turn = -this.#random();
      sight.leastDoubt = Math.min(sight.leastDoubt, look(node, track, now));
    }
    return sight;
  }
}

/** The least share of calls that fail, among the peers of `node`. */
function bestOfPeers(
  node: AnyNode,
  { nodes, endpoint, now }: CallEnding,
  rateOf: Question["rateOf"],
): number {
  let best = 1;
  for (const peer of nodes) {
    if (peer !== node) best = Math.min(best, rateOf(peer, peer.track(endpoint, now)));
  }
  return best;
}

function isLater(context: CallContext): boolean {
  return context.attempt > context.origin.attempt;
}
