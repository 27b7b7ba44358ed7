/** What a measurement is about: names and values. Few values each: never a path, an id or a token. */
export type Labels = Readonly<Record<string, string | number>>;

/** A metric, by its name in the conventions of OpenTelemetry or a name of its own. */
export interface MetricDefinition {
  /** `http.client.request.duration`, or `client_channels_target`. */
  readonly name: string;
  /** What it measures, in a sentence without full stop. */
  readonly description: string;
  /** A unit as UCUM writes it: `s`, `{request}`; empty for none. */
  readonly unit: string;
  /** The labels that measurements may have. */
  readonly labels: readonly string[];
}

/** A metric whose measurements are sorted by size. */
export interface HistogramDefinition extends MetricDefinition {
  /** Upper bounds, ascending. */
  readonly buckets: readonly number[];
}

/**
 * Where measurements go: `millrace/telemetry` has sinks for OpenTelemetry and Prometheus. A name is taken once by most
 * of them.
 */
export interface MetricSink {
  /** Makes a metric of sizes. */
  histogram(definition: HistogramDefinition): Measure;
  /** Makes a metric that only grows. */
  counter(definition: MetricDefinition): Measure;
  /** Makes a metric that goes up and down by what is added to it. */
  upDownCounter(definition: MetricDefinition): Measure;
  /** Makes a metric that is read when somebody looks: `observe` tells all its values. */
  gauge(
    definition: MetricDefinition,
    observe: (tell: (value: number, labels: Labels) => void) => void,
  ): Disposable;
}

/** A metric to add measurements to. Disposing takes it away again where the sink can. */
export interface Measure extends Disposable {
  /** Adds one. */
  record(value: number, labels: Labels): void;
}
