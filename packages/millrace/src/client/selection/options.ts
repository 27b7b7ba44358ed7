import { type Clock, systemClock } from "../../base/clock.js";
import { invalidOption, requireRange } from "../../base/options.js";
import { type Random, systemRandom } from "../../base/random.js";
import type { CallContext } from "../../service/context.js";
import { AimdLimit } from "../../service/limit/aimd-limit.js";
import { WaveLimit } from "../../service/limit/wave-limit.js";
import type { LimitMaker } from "./node.js";
import { isStrategyName } from "./strategies.js";
import type { StrategyName } from "./strategy.js";

/** A call was let in by a node. */
export interface Admission<K> {
  /** Which node: the key its set knows it by. */
  readonly key: K;
  /** What the call asks for, as `endpointOf` names it. */
  readonly endpoint: string;
  /** How long the call waited for room, in milliseconds. */
  readonly waitedMs: number;
  /** The context of the call. */
  readonly context: CallContext;
}

/** How `selectNode` chooses and limits. */
export interface SelectNodeOptions<K, Request, Response> {
  /**
   * Names the endpoint that a request asks for: a pattern, of which there are few, not a path. Limits and
   * doubts are kept for each; beyond a thousand they share.
   */
  readonly endpointOf: (request: Request, context: CallContext) => string;
  /** How nodes are preferred. @defaultValue `ADAPTIVE` */
  readonly strategy?: StrategyName | undefined;
  /**
   * Reads the header `Node-Selection-Strategy` of a response, by which a server asks for another strategy.
   * The first of the names in it that is known is used from then on.
   * @defaultValue servers have no say
   */
  readonly strategyNamedBy?: ((response: Response) => string | undefined) | undefined;
  /**
   * Whether the calls of a node and of an endpoint are limited: by conjure's rules with the strategies
   * that are conjure's, by `WaveLimit` with `ADAPTIVE`. Turn it off where a mesh does that.
   * @defaultValue true
   */
  readonly limits?: boolean | undefined;
  /**
   * How long a node is left alone after a 503 or another 5xx but 500, or no answer, in milliseconds; at
   * least 0. When all nodes cool down they are used all the same.
   * @defaultValue 0: strategies take failures into account by themselves
   */
  readonly cooldownMs?: number | undefined;
  /** Told of each call that was let in. What it throws is a fault. */
  readonly onAdmit?: ((admission: Admission<K>) => void) | undefined;
  /** @defaultValue {@link systemRandom} */
  readonly random?: Random | undefined;
  /** @defaultValue {@link systemClock} */
  readonly clock?: Clock | undefined;
}

/**
 * How nodes are chosen, gaps filled.
 *
 * @internal
 */
export interface SelectNodeSettings<K, Request, Response> {
  readonly endpointOf: (request: Request, context: CallContext) => string;
  readonly strategy: StrategyName;
  readonly strategyNamedBy: ((response: Response) => string | undefined) | undefined;
  readonly createLimit: LimitMaker;
  readonly cooldownMs: number;
  readonly onAdmit: ((admission: Admission<K>) => void) | undefined;
  readonly random: Random;
  readonly clock: Clock;
}

/**
 * Checks options and fills their gaps.
 *
 * @internal
 * @throws MillraceError `invalid-options` when an option is out of its range
 */
export function selectNodeSettings<K, Request, Response>(
  options: SelectNodeOptions<K, Request, Response>,
): SelectNodeSettings<K, Request, Response> {
  const { strategy = "ADAPTIVE", cooldownMs = 0, limits = true, clock = systemClock } = options;
  if (!isStrategyName(strategy)) throw invalidOption("selectNode.strategy", "the name of one", strategy);
  requireRange("selectNode.cooldownMs", cooldownMs, 0, Number.MAX_SAFE_INTEGER);
  return {
    endpointOf: options.endpointOf,
    strategy,
    strategyNamedBy: options.strategyNamedBy,
    createLimit: limits ? limitMaker(strategy, clock) : undefined,
    cooldownMs,
    onAdmit: options.onAdmit,
    random: options.random ?? systemRandom,
    clock,
  };
}

/** The latency of a node says little of its room, for it changes with what is asked; that of an endpoint does. */
function limitMaker(strategy: StrategyName, clock: Clock): LimitMaker {
  if (strategy !== "ADAPTIVE") return () => new AimdLimit();
  return (of) => new WaveLimit({ clock, heedLatency: of === "endpoint" });
}
