import type { Labels, MetricSink } from "../../base/metric-sink.js";
import { limiterInFlight, limiterMax } from "./definitions.js";

/** The limiter of a host as it is now. */
export interface LimiterState {
  /** The host's place among the service's hosts. */
  readonly hostIndex: number;
  /** Calls that may be in flight at once. */
  readonly limit: number;
  /** Calls in flight. */
  readonly inFlight: number;
}

/** Whose limiters are shown. */
export interface LimiterSource {
  /** Name of the service in the configuration. */
  readonly service: string;
  /** The limiters of the service's hosts. Asked when somebody looks. */
  readonly limiters: () => Iterable<LimiterState>;
}

/**
 * Shows limiters as conjure_runtime does. Where several clients have a limiter for a host, the least limit counts, and
 * the calls in flight of all.
 */
export class LimiterGauges implements Disposable {
  readonly #sources = new Set<LimiterSource>();
  readonly #gauges: readonly Disposable[];

  constructor(sink: MetricSink) {
    this.#gauges = [
      sink.gauge(limiterMax, (tell) => this.#tell(tell, ({ limit }) => limit)),
      sink.gauge(limiterInFlight, (tell) => this.#tell(tell, ({ inFlight }) => inFlight)),
    ];
  }

  show(source: LimiterSource): Disposable {
    this.#sources.add(source);
    return { [Symbol.dispose]: () => void this.#sources.delete(source) };
  }

  [Symbol.dispose](): void {
    for (const gauge of this.#gauges) gauge[Symbol.dispose]();
  }

  #tell(tell: (value: number, labels: Labels) => void, measureOf: (state: LimiterState) => number): void {
    for (const { labels, state } of this.#hosts().values()) tell(measureOf(state), labels);
  }

  #hosts(): Map<string, { readonly labels: Labels; readonly state: LimiterState }> {
    const hosts = new Map<string, { readonly labels: Labels; readonly state: LimiterState }>();
    for (const { service, limiters } of this.#sources) {
      for (const state of limiters()) {
        const { hostIndex } = state;
        const key = `${hostIndex} ${service}`;
        hosts.set(key, { labels: { service, hostIndex }, state: added(hosts.get(key)?.state, state) });
      }
    }
    return hosts;
  }
}

function added(known: LimiterState | undefined, { hostIndex, limit, inFlight }: LimiterState): LimiterState {
  if (!known) return { hostIndex, limit, inFlight };
  return { hostIndex, limit: Math.min(known.limit, limit), inFlight: known.inFlight + inFlight };
}
