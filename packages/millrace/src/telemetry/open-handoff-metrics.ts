import { createTopic } from "../base/events.js";
import type { HistogramDefinition, Labels, MetricDefinition, MetricSink } from "../base/metric-sink.js";
import type { Handoff, HandoffEvent } from "../handoff/index.js";

/** Where metrics of hand-overs go. */
export interface HandoffMetricsOptions {
  /** Takes the measurements. */
  readonly sink: MetricSink;
  /**
   * Gives those whose generations are counted, each time somebody looks: a {@link Handoff}, or what `run` of `serve` is
   * given.
   * @defaultValue none
   */
  readonly handoffs?: (() => Iterable<Pick<Handoff, "status">>) | undefined;
}

/**
 * Measures the hand-overs of this process from now on, until disposed of: `handoff_generation`, `handoff_connections`
 * and `handoff_age` of the generations that it knows, `handoff_phase_duration`, `handoff_upgrades`,
 * `handoff_upgrade_duration`, `handoff_refused` and `handoff_connections_cut`.
 *
 * Each process tells its own part: an upgrade is measured by the process that hands over. Open it before the hand-over.
 */
export function openHandoffMetrics({ sink, handoffs = () => [] }: HandoffMetricsOptions): Disposable {
  const parts = [...measureEvents(sink), ...observeGenerations(sink, handoffs)];
  return {
    [Symbol.dispose]() {
      for (const part of parts.splice(0).reverse()) part[Symbol.dispose]();
    },
  };
}

function measureEvents(sink: MetricSink): Disposable[] {
  const phases = sink.histogram(phaseDuration);
  const upgrades = sink.counter(upgradeOutcomes);
  const durations = sink.histogram(upgradeDuration);
  const refused = sink.counter(refusals);
  const cut = sink.counter(connectionsCut);
  const listening = createTopic<HandoffEvent>("millrace.handoff").subscribe((event) => {
    const { name } = event;
    if (event.type === "phase") phases.record(event.beforeMs / 1_000, { name, phase: event.before });
    else if (event.type === "refused") refused.record(1, { name });
    else if (event.type === "cut") cut.record(event.connections, { name });
    else {
      const labels = { name, outcome: event.type.slice("upgrade-".length) };
      upgrades.record(1, labels);
      if ("tookMs" in event) durations.record(event.tookMs / 1_000, labels);
    }
  });
  return [phases, upgrades, durations, refused, cut, listening];
}

type Status = Handoff["status"];
type Tell = (value: number, labels: Labels) => void;

function observeGenerations(
  sink: MetricSink,
  handoffs: NonNullable<HandoffMetricsOptions["handoffs"]>,
): Disposable[] {
  const each = (value: (generation: Status["generations"][number]) => number) => (tell: Tell) => {
    for (const { status } of handoffs())
      for (const one of status.generations) {
        const { generation, release, phase, way } = one;
        tell(value(one), { name: status.name, generation, release, phase, way });
      }
  };
  return [
    sink.gauge(currentGeneration, (tell) => {
      for (const { status } of handoffs()) tell(status.generations[0]!.generation, { name: status.name });
    }),
    sink.gauge(
      openConnections,
      each(({ connections }) => connections),
    ),
    sink.gauge(
      generationAge,
      each(({ ageMs }) => ageMs / 1_000),
    ),
  ];
}

const generationLabels = ["name", "generation", "release", "phase", "way"];

const currentGeneration: MetricDefinition = {
  name: "handoff_generation",
  description: "Which generation of its program this process is",
  unit: "",
  labels: ["name"],
};

const openConnections: MetricDefinition = {
  name: "handoff_connections",
  description: "Connections that a generation has open",
  unit: "{connection}",
  labels: generationLabels,
};

const generationAge: MetricDefinition = {
  name: "handoff_age",
  description: "Time since a generation was started",
  unit: "s",
  labels: generationLabels,
};

const phaseDuration: HistogramDefinition = {
  name: "handoff_phase_duration",
  description: "How long this process was in a phase that is over",
  unit: "s",
  labels: ["name", "phase"],
  buckets: [0.01, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 600, 3_600, 86_400],
};

const upgradeOutcomes: MetricDefinition = {
  name: "handoff_upgrades",
  description: "Upgrades that this process handed over to: how many got that far, or failed",
  unit: "",
  labels: ["name", "outcome"],
};

const upgradeDuration: HistogramDefinition = {
  name: "handoff_upgrade_duration",
  description: "From the hello of a successor until it served, and until it had proven itself",
  unit: "s",
  labels: ["name", "outcome"],
  buckets: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
};

const refusals: MetricDefinition = {
  name: "handoff_refused",
  description: "Peers that were turned away at the control socket",
  unit: "",
  labels: ["name"],
};

const connectionsCut: MetricDefinition = {
  name: "handoff_connections_cut",
  description: "Connections that were cut because their time was over",
  unit: "{connection}",
  labels: ["name"],
};
