import { createContext } from "../../service/context.js";
import { fromFunction } from "../../service/from-function.js";
import { AimdLimit } from "../../service/limit/aimd-limit.js";
import type { Ending } from "./ending.js";
import { Node } from "./node.js";
import type { AnyNode, NodeQuery, SelectionStrategy } from "./strategy.js";

/** Nodes under `keys`, each with limits of 20, and a strategy that chooses among them by hand. */
export function stubNodes(keys: readonly string[], strategy: SelectionStrategy) {
  const echo = fromFunction<string, string>((request) => Promise.resolve(request));
  const nodes = keys.map((key) => new Node(key, echo, () => new AimdLimit(), 0));
  const query = (now: number, endpoint: string, all: readonly AnyNode[] = nodes): NodeQuery => ({
    endpoint,
    context: createContext(),
    now,
    all,
  });

  const waitAt: typeof nodes = [];

  return {
    nodes,
    /** Those waited at by the last choice that found no room. */
    waitAt,
    /** Chooses for a call, and makes none. */
    pick(now = 0, { endpoint = "/", among = nodes }: { endpoint?: string; among?: typeof nodes } = {}) {
      waitAt.length = 0;
      return strategy.select(among, query(now, endpoint), waitAt);
    },
    /** Makes a call of `node` that ends `rttMs` after `startedAt`. */
    call(
      node: (typeof nodes)[number],
      { how = "good", endpoint = "/", startedAt = 0, rttMs = 10 }: Partial<StubCall> = {},
    ) {
      const now = startedAt + rttMs;
      const track = node.track(endpoint, startedAt);
      const started = node.start(track, startedAt);
      node.end(track, started, { how, now });
      strategy.ended(node, track, { how, endpoint, context: createContext(), startedAt, now, nodes });
    },
    /** Starts a call of `node` that does not end. */
    hang(node: (typeof nodes)[number], startedAt = 0, endpoint = "/") {
      const track = node.track(endpoint, startedAt);
      node.tryEnter(track);
      return node.start(track, startedAt);
    },
  };
}

interface StubCall {
  readonly how: Ending;
  readonly endpoint: string;
  readonly startedAt: number;
  readonly rttMs: number;
}
