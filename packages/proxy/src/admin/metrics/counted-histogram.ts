import { Gauge, type MetricType, type Registry } from "prom-client";
import { type LatencyHistogram, latencyBoundsMs } from "../../ipc/report.js";
import { histogramSize } from "../../stats/histogram.js";

/** Bounds that OpenTelemetry advises for HTTP durations, in milliseconds. All are among the counted ones. */
const toldBoundsMs = [5, 10, 25, 50, 75, 100, 250, 500, 750, 1_000, 2_500, 5_000, 7_500, 10_000];

// Declared as a number, but a word at run time.
const histogramType = "histogram" as unknown as MetricType;

/**
 * A histogram of Prometheus whose times were counted elsewhere, in finer buckets. In seconds.
 *
 * The histogram of prom-client can only count for itself; a gauge leaves its values to whoever derives
 * from it.
 */
export class CountedHistogram extends Gauge {
  readonly #name: string;
  readonly #rows: (readonly [
    labels: Readonly<Record<string, string | number>>,
    counted: LatencyHistogram,
  ])[] = [];

  constructor(registry: Registry, name: string, help: string) {
    super({ name, help, registers: [registry] });
    this.#name = name;
  }

  /** Tells `counted` under `labels`. */
  tell(labels: Readonly<Record<string, string | number>>, counted: LatencyHistogram): void {
    this.#rows.push([labels, counted]);
  }

  override async get() {
    const values = this.#rows.flatMap(([labels, counted]) => this.#values({ ...labels }, counted));
    return { ...(await super.get()), type: histogramType, values };
  }

  #values(labels: Record<string, string | number>, counted: LatencyHistogram) {
    const size = histogramSize(counted);
    const bucket = (le: number | string, value: number) => ({
      metricName: `${this.#name}_bucket`,
      labels: { ...labels, le },
      value,
    });
    return [
      ...toldBoundsMs.map((bound) => bucket(bound / 1_000, countUpTo(counted, bound))),
      bucket("+Inf", size),
      { metricName: `${this.#name}_sum`, labels, value: counted.sumMs / 1_000 },
      { metricName: `${this.#name}_count`, labels, value: size },
    ];
  }
}

function countUpTo({ counts }: LatencyHistogram, boundMs: number): number {
  const buckets = latencyBoundsMs.filter((bound) => bound <= boundMs).length;
  return counts.slice(0, buckets).reduce((sum, count) => sum + count, 0);
}
