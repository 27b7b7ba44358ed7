import type { Labels, Measure, MetricDefinition, MetricSink } from "../base/metric-sink.js";

interface PrometheusConfiguration {
  name: string;
  help: string;
  labelNames: string[];
  registers: never[];
  buckets?: number[];
  collect?: () => void;
}

type PrometheusLabels = Record<string, string | number>;

/** The part of the module `prom-client` that is used: hand in the module itself. */
export interface PrometheusClient {
  /** Makes a distribution over buckets. */
  readonly Histogram: new (
    configuration: PrometheusConfiguration,
  ) => {
    observe(labels: PrometheusLabels, value: number): void;
  };
  /** Makes a sum that only grows. */
  readonly Counter: new (
    configuration: PrometheusConfiguration,
  ) => {
    inc(labels: PrometheusLabels, value?: number): void;
  };
  /** Makes a value that goes up and down. */
  readonly Gauge: new (
    configuration: PrometheusConfiguration,
  ) => {
    inc(labels: PrometheusLabels, value?: number): void;
    set(labels: PrometheusLabels, value: number): void;
    reset(): void;
  };
}

/** The part of a `Registry` of `prom-client` that is used. */
export interface PrometheusRegistry {
  /** Forgets the metric of this name. */
  removeSingleMetric(name: string): void;
}

/**
 * Makes a sink of a registry of prom-client, whose module is handed in: `createPrometheusSink(promClient,
 * promClient.register)`.
 *
 * Names are those of the conventions with underscores and their unit, as Prometheus has them:
 * `http_client_request_duration_seconds`. What is disposed of leaves the registry.
 */
export function createPrometheusSink(client: PrometheusClient, registry: PrometheusRegistry): MetricSink {
  const configuration = (definition: MetricDefinition): PrometheusConfiguration => ({
    name: nameOf(definition),
    help: definition.description,
    labelNames: definition.labels.map(underscored),
    registers: [registry as never],
  });
  const leaving = (definition: MetricDefinition) => ({
    [Symbol.dispose]: () => registry.removeSingleMetric(nameOf(definition)),
  });
  const measure = (
    definition: MetricDefinition,
    record: (value: number, labels: PrometheusLabels) => void,
  ): Measure => ({
    record: (value, labels) => record(value, renamed(labels)),
    ...leaving(definition),
  });

  return {
    histogram(definition) {
      const histogram = new client.Histogram({
        ...configuration(definition),
        buckets: [...definition.buckets],
      });
      return measure(definition, (value, labels) => histogram.observe(labels, value));
    },
    counter(definition) {
      const counter = new client.Counter(configuration(definition));
      return measure(definition, (value, labels) => counter.inc(labels, value));
    },
    upDownCounter(definition) {
      const gauge = new client.Gauge(configuration(definition));
      return measure(definition, (value, labels) => gauge.inc(labels, value));
    },
    gauge(definition, observe) {
      const gauge = new client.Gauge({
        ...configuration(definition),
        collect() {
          // What is no longer told is no longer there.
          gauge.reset();
          observe((value, labels) => gauge.set(renamed(labels), value));
        },
      });
      return leaving(definition);
    },
  };
}

function nameOf({ name, unit }: MetricDefinition): string {
  return unit === "s" ? `${underscored(name)}_seconds` : underscored(name);
}

function renamed(labels: Labels): PrometheusLabels {
  return Object.fromEntries(Object.entries(labels).map(([name, value]) => [underscored(name), value]));
}

/** Prometheus takes letters, digits and underscores alone. */
function underscored(name: string): string {
  return name.replaceAll(/[.-]/g, "_");
}
