import type { CallContext } from "../../service/context.js";
import type { Ending } from "./ending.js";
import type { Node, Track } from "./node.js";

/**
 * How nodes are chosen; by these names a server may ask for one too.
 *
 * - `ADAPTIVE`: Millrace's own. Goes where the next answer is likely to come soonest, and to come at all
 * - `BALANCED`: to the node with the fewest calls in flight and recent failures, as conjure_runtime has it
 * - `PIN_UNTIL_ERROR`: stays with a node until it fails; spreads anew every ten minutes
 * - `PIN_UNTIL_ERROR_WITHOUT_RESHUFFLE`: stays with a node until it fails
 */
export type StrategyName = "PIN_UNTIL_ERROR" | "PIN_UNTIL_ERROR_WITHOUT_RESHUFFLE" | "BALANCED" | "ADAPTIVE";

/** A node of whatever messages. */
export type AnyNode = Node<unknown, never, unknown>;

/** A call that looks for a node. */
export interface NodeQuery {
  readonly endpoint: string;
  readonly context: CallContext;
  /** Clock time in milliseconds. */
  readonly now: number;
  /** All nodes there are, those included that are not to be chosen. Another array after each change. */
  readonly all: readonly AnyNode[];
}

/** Chooses nodes for calls, and hears how they end. */
export interface SelectionStrategy {
  /** The node stayed with, if the strategy has one. */
  readonly home: AnyNode | undefined;

  /**
   * Chooses one of `nodes`, of which there are at least two, that has room for the call. If none has that
   * will do, returns `undefined` and has put those to wait at into `waitAt`, of which there then is at
   * least one, the most wanted first.
   */
  select<N extends AnyNode>(nodes: readonly N[], query: NodeQuery, waitAt: N[]): N | undefined;

  /** Hears how a call of `node` ended. `nodes` are all there are now. */
  ended(node: AnyNode, track: Track, ending: CallEnding): void;
}

/** How a call of a node ended, and when; times by the clock, in milliseconds. */
export interface CallEnding {
  readonly how: Ending;
  readonly endpoint: string;
  readonly context: CallContext;
  readonly startedAt: number;
  readonly now: number;
  readonly nodes: readonly AnyNode[];
}
