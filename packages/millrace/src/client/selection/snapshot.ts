import type { Node } from "./node.js";
import { doubtOf } from "./outlook.js";
import type { StrategyName } from "./strategy.js";

/** What a node selection knows of its nodes. */
export interface NodeSelectionSnapshot<K> {
  /** The strategy in force, which a server may have named. */
  readonly strategy: StrategyName;
  /** Calls that wait for room. */
  readonly waiting: number;
  /**
   * The node that the strategy stays with: the pinned one, or the one that `ADAPTIVE` sends calls to while few
   * are under way and the endpoint answers steadily. `undefined` when there is none.
   */
  readonly staysWith: K | undefined;
  /** The nodes that calls may go to. */
  readonly nodes: readonly NodeSnapshot<K>[];
}

/** What is known of a node. */
export interface NodeSnapshot<K> {
  /** What the set knows it by. */
  readonly key: K;
  /** Calls whose response has not begun. */
  readonly inFlight: number;
  /** Calls that may run at once; `Infinity` where there are no limits. */
  readonly limit: number;
  /** What Balanced holds against it, besides its calls in flight. */
  readonly failures: number;
  /** The endpoints that it was called for. */
  readonly endpoints: readonly EndpointSnapshot[];
}

/** What is known of one endpoint of a node. */
export interface EndpointSnapshot {
  /** Its name, as `endpointOf` gives it. */
  readonly endpoint: string;
  /** Calls whose response has not begun. */
  readonly inFlight: number;
  /** Calls that may run at once; `Infinity` where there are no limits. */
  readonly limit: number;
  /** Calls in line for a permit, of which some may stand in several lines. */
  readonly waiting: number;
  /** How long it takes to answer, in milliseconds: peak EWMA. */
  readonly latencyMs: number;
  /** How likely it is that a call gets no good answer, in the eyes of the default strategy; from 0 to 1. */
  readonly doubt: number;
  /** Whether its last answers took about the same time, which tells that calls do not stand in line there. */
  readonly steady: boolean;
}

/**
 * A node as it is at `now`, in milliseconds of the clock.
 *
 * @internal
 */
export function snapshotOf<K, Request, Response>(
  node: Node<K, Request, Response>,
  now: number,
): NodeSnapshot<K> {
  return {
    key: node.key,
    inFlight: node.inFlight,
    limit: node.limiter?.permits.total ?? Infinity,
    failures: node.failures.at(now),
    endpoints: Array.from(node.tracks, ([endpoint, track]) => ({
      endpoint,
      inFlight: track.load.inFlight,
      limit: track.limiter?.permits.total ?? Infinity,
      waiting: track.limiter?.permits.waiting ?? 0,
      latencyMs: track.load.latencyMs(now),
      doubt: doubtOf(node, track, now),
      steady: track.steadiness.steady,
    })),
  };
}
