import { type Clock, systemClock } from "../../base/clock.js";
import type { Labels, Measure, MetricDefinition, MetricSink } from "../../base/metric-sink.js";
import { Timer } from "./timer.js";

/** One series as it is now. */
export interface SeriesReading {
  /** Name of the metric. */
  readonly name: string;
  /** The labels that tell it from others of its name. */
  readonly labels: Labels;
  /** How often something was recorded, or what a count or gauge stands at. */
  readonly value: number;
  /** The durations, of a series of them. */
  readonly timer: Timer | undefined;
}

/** A sink that keeps everything in memory, to be read: for tests, and for pages that show a client's state. */
export interface MemorySink extends MetricSink {
  /** All series in order of their making. */
  read(): readonly SeriesReading[];
}

/** What a metric has come to. */
type Readings = () => Iterable<SeriesReading>;

/** Makes a sink that keeps everything in memory. Sizes are taken for seconds. */
export function createMemorySink(clock: Clock = systemClock): MemorySink {
  const metrics = new Map<string, Readings>();
  const leaving = (readings: Readings, { name }: MetricDefinition): Disposable => ({
    [Symbol.dispose]: () => {
      if (metrics.get(name) === readings) metrics.delete(name);
    },
  });
  const add = (definition: MetricDefinition, readings: Readings): Disposable => {
    metrics.set(definition.name, readings);
    return leaving(readings, definition);
  };

  const count = (definition: MetricDefinition): Measure => {
    const { name } = definition;
    const values = new Map<string, { labels: Labels; value: number }>();
    const readings = () => [...values.values()].map((series) => ({ name, ...series, timer: undefined }));
    return {
      record(value, labels) {
        const key = keyOf(labels);
        const known = values.get(key);
        if (known) known.value += value;
        else values.set(key, { labels, value });
      },
      ...add(definition, readings),
    };
  };

  return {
    histogram(definition) {
      const { name } = definition;
      const timers = new Map<string, { labels: Labels; timer: Timer }>();
      const readings = () =>
        [...timers.values()].map((series) => ({ name, ...series, value: series.timer.count }));
      return {
        record(seconds, labels) {
          const key = keyOf(labels);
          let series = timers.get(key);
          if (!series) timers.set(key, (series = { labels, timer: new Timer(clock) }));
          series.timer.record(seconds * 1_000);
        },
        ...add(definition, readings),
      };
    },
    counter: count,
    upDownCounter: count,
    gauge(definition, observe) {
      const { name } = definition;
      return add(definition, () => {
        const found: SeriesReading[] = [];
        observe((value, labels) => found.push({ name, labels, value, timer: undefined }));
        return found;
      });
    },
    read: () => [...metrics.values()].flatMap((readings) => [...readings()]),
  };
}

function keyOf(labels: Labels): string {
  return JSON.stringify(Object.entries(labels).sort());
}
