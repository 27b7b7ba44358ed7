import type {
  HistogramDefinition,
  Labels,
  Measure,
  MetricDefinition,
  MetricSink,
} from "../base/metric-sink.js";

/** Something that takes measurements, as `@opentelemetry/api` has it. */
interface Adding {
  add(value: number, attributes?: Record<string, string | number>): void;
}

type ObservableCallback = (result: {
  observe(value: number, attributes?: Record<string, string | number>): void;
}) => void;

/** The part of a `Meter` of `@opentelemetry/api` that is used: hand in a real one. */
export interface OpenTelemetryMeter {
  /** Makes a distribution, with these bounds of its buckets. */
  createHistogram(
    name: string,
    options?: { description?: string; unit?: string; advice?: { explicitBucketBoundaries?: number[] } },
  ): { record(value: number, attributes?: Record<string, string | number>): void };
  /** Makes a sum that only grows. */
  createCounter(name: string, options?: { description?: string; unit?: string }): Adding;
  /** Makes a sum that grows and shrinks. */
  createUpDownCounter(name: string, options?: { description?: string; unit?: string }): Adding;
  /** Makes a value that is asked for when it is collected. */
  createObservableGauge(
    name: string,
    options?: { description?: string; unit?: string },
  ): { addCallback(callback: ObservableCallback): void; removeCallback(callback: ObservableCallback): void };
}

/**
 * Makes a sink of a meter of OpenTelemetry: `metrics.getMeter("millrace")`. Names, units and attributes are those of
 * its conventions.
 */
export function createOpenTelemetrySink(meter: OpenTelemetryMeter): MetricSink {
  return {
    histogram(definition: HistogramDefinition): Measure {
      const advice = { explicitBucketBoundaries: [...definition.buckets] };
      const histogram = meter.createHistogram(definition.name, { ...about(definition), advice });
      return measure((value, labels) => histogram.record(value, labels));
    },
    counter(definition) {
      const counter = meter.createCounter(definition.name, about(definition));
      return measure((value, labels) => counter.add(value, labels));
    },
    upDownCounter(definition) {
      const counter = meter.createUpDownCounter(definition.name, about(definition));
      return measure((value, labels) => counter.add(value, labels));
    },
    gauge(definition, observe) {
      const gauge = meter.createObservableGauge(definition.name, about(definition));
      const callback: ObservableCallback = (result) =>
        observe((value, labels) => result.observe(value, { ...labels }));
      gauge.addCallback(callback);
      return { [Symbol.dispose]: () => gauge.removeCallback(callback) };
    },
  };
}

function about({ description, unit }: MetricDefinition) {
  return unit === "" ? { description } : { description, unit };
}

/** Instruments cannot be taken away from a meter: one that is disposed of just measures nothing. */
function measure(add: (value: number, labels: Record<string, string | number>) => void): Measure {
  let over = false;
  return {
    record(value: number, labels: Labels) {
      if (!over) add(value, { ...labels });
    },
    [Symbol.dispose]() {
      over = true;
    },
  };
}
