import type { Clock } from "../../base/clock.js";
import type { Random } from "../../base/random.js";
import { faults } from "../../service/fault.js";
import { Adaptive } from "./adaptive.js";
import { Balanced } from "./balanced.js";
import { Pinned } from "./pinned.js";
import type { SelectionStrategy, StrategyName } from "./strategy.js";

/** What {@link Strategies} need to know. */
export interface StrategiesOptions<Response> {
  readonly strategy: StrategyName;
  readonly strategyNamedBy: ((response: Response) => string | undefined) | undefined;
  readonly random: Random;
  readonly clock: Clock;
}

/** The strategy in force: the client's own, until a server names another. */
export class Strategies<Response> {
  readonly #options: StrategiesOptions<Response>;
  readonly #made = new Map<StrategyName, SelectionStrategy>();
  /** The strategy in force. */
  present: SelectionStrategy;
  /** Its name. */
  name: StrategyName;

  constructor(options: StrategiesOptions<Response>) {
    this.#options = options;
    this.name = options.strategy;
    this.present = this.#strategy(options.strategy);
  }

  /** Goes over to the first strategy named by `response` that is known, if it names any. */
  heed(response: Response): void {
    const { strategyNamedBy } = this.#options;
    if (!strategyNamedBy) return;
    try {
      const name = strategyNamedBy(response)?.split(",").map(normalized).find(isStrategyName);
      if (name === undefined || name === this.name) return;
      this.present = this.#strategy(name);
      this.name = name;
    } catch (error) {
      faults.publish({ where: "selectNode.strategyNamedBy", error });
    }
  }

  #strategy(name: StrategyName): SelectionStrategy {
    let strategy = this.#made.get(name);
    if (!strategy) {
      strategy = createStrategy(name, this.#options);
      this.#made.set(name, strategy);
    }
    return strategy;
  }
}

function createStrategy(
  name: StrategyName,
  { random, clock }: { readonly random: Random; readonly clock: Clock },
): SelectionStrategy {
  if (name === "ADAPTIVE") return new Adaptive(random);
  if (name === "BALANCED") return new Balanced(random);
  return new Pinned({ reshuffle: name === "PIN_UNTIL_ERROR", random, now: clock.now() });
}

function normalized(name: string): string {
  return name.trim().toUpperCase();
}

const names: readonly StrategyName[] = [
  "ADAPTIVE",
  "BALANCED",
  "PIN_UNTIL_ERROR",
  "PIN_UNTIL_ERROR_WITHOUT_RESHUFFLE",
];

/** Whether `name` is the name of a strategy. */
export function isStrategyName(name: string): name is StrategyName {
  return (names as readonly string[]).includes(name);
}
