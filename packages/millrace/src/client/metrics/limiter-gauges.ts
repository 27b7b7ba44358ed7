import { limiterInFlight, limiterMax } from "./definitions.js";
import type { Labels, MetricSink } from "./sink.js";

/** A limiter as it is now. */
export interface LimiterState {
  /** Calls that may be in flight at once. */
  readonly limit: number;
  /** Calls in flight. */
  readonly inFlight: number;
}

/** Whose limiters are shown. */
export interface LimiterSource {
  /** Name of the service in the configuration. */
  readonly service: string;
  /** The host's place among the service's hosts. */
  readonly hostIndex: number;
  /** The live limiters of the host: its own, and those of its endpoints. Asked when somebody looks. */
  readonly limiters: () => Iterable<LimiterState>;
}

/** Shows limiters as conjure_runtime does: of each host the least limit, and all its calls in flight. */
export class LimiterGauges implements Disposable {
  readonly #sources = new Set<LimiterSource>();
  readonly #gauges: readonly Disposable[];

  constructor(sink: MetricSink) {
    const least = (states: readonly LimiterState[]) => Math.min(...states.map(({ limit }) => limit));
    const sum = (states: readonly LimiterState[]) => states.reduce((all, { inFlight }) => all + inFlight, 0);
    this.#gauges = [
      sink.gauge(limiterMax, (tell) => this.#tell(tell, least)),
      sink.gauge(limiterInFlight, (tell) => this.#tell(tell, sum)),
    ];
  }

  show(source: LimiterSource): Disposable {
    this.#sources.add(source);
    return { [Symbol.dispose]: () => void this.#sources.delete(source) };
  }

  [Symbol.dispose](): void {
    for (const gauge of this.#gauges) gauge[Symbol.dispose]();
  }

  /** A host without limiters has nothing to show. */
  #tell(
    tell: (value: number, labels: Labels) => void,
    measureOf: (states: readonly LimiterState[]) => number,
  ): void {
    for (const { service, hostIndex, limiters } of this.#sources) {
      const states = [...limiters()];
      if (states.length > 0) tell(measureOf(states), { service, hostIndex });
    }
  }
}
