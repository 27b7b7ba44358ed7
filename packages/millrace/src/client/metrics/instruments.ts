import type { Labels, Measure, MetricSink } from "../../base/metric-sink.js";
import { invalidOption } from "../../base/options.js";
import { guarded } from "../guarded.js";
import * as defined from "./definitions.js";
import { LimiterGauges, type LimiterSource } from "./limiter-gauges.js";

/**
 * Under which names clients are measured: those of OpenTelemetry's conventions; `conjure`, the timer
 * `client.response`, the meter `tls.handshake` and the gauges of conjure_runtime today; `conjure-legacy`, the timer `client.request` and the
 * meter `client.request.error` of its first releases.
 */
export type MetricNames = "opentelemetry" | "conjure" | "conjure-legacy";

const all: readonly MetricNames[] = ["opentelemetry", "conjure", "conjure-legacy"];

/** What is measured, and where to. */
export interface ClientMetricsOptions {
  /** Where measurements go. What it throws goes to `faults`. */
  readonly sink: MetricSink;
  /** @defaultValue `opentelemetry` alone */
  readonly names?: readonly MetricNames[] | undefined;
}

/** The metrics of clients in one sink. Make them once: most sinks take a name once only. */
export interface ClientMetrics extends Disposable {
  /** Seconds until the response of an attempt; `undefined` where nobody asked for it. So are the others. */
  readonly requestDuration: Recorder | undefined;
  /** Attempts under way. */
  readonly activeRequests: Recorder | undefined;
  /** Seconds until the response of a call. */
  readonly clientResponse: Recorder | undefined;
  /** The same, as it was called once. */
  readonly clientRequest: Recorder | undefined;
  /** Calls without a response. */
  readonly clientRequestError: Recorder | undefined;
  /** Handshakes of TLS. */
  readonly tlsHandshake: Recorder | undefined;
  /** Shows the limiters of a service until the handle is disposed. */
  showLimiters(source: LimiterSource): Disposable;
}

/** Adds one measurement. Never throws. */
export type Recorder = (value: number, labels: Labels) => void;

/**
 * Makes the metrics of clients in a sink, for all clients of the process.
 *
 * @throws MillraceError `invalid-options` when names are unknown
 */
export function createClientMetrics(options: ClientMetricsOptions): ClientMetrics {
  const { sink, names = ["opentelemetry"] } = options;
  for (const name of names) {
    if (!all.includes(name)) throw invalidOption("metrics.names", `some of ${all.join(", ")}`, name);
  }
  const measures: Disposable[] = [];
  const recorder = (name: MetricNames, make: () => Measure): Recorder | undefined => {
    if (!names.includes(name)) return undefined;
    const measure = make();
    measures.push(measure);
    return (value, labels) => guarded("metrics.sink", () => measure.record(value, labels));
  };
  const limiters = names.includes("conjure") ? new LimiterGauges(sink) : undefined;
  if (limiters) measures.push(limiters);

  return {
    requestDuration: recorder("opentelemetry", () => sink.histogram(defined.requestDuration)),
    activeRequests: recorder("opentelemetry", () => sink.upDownCounter(defined.activeRequests)),
    clientResponse: recorder("conjure", () => sink.histogram(defined.clientResponse)),
    tlsHandshake: recorder("conjure", () => sink.counter(defined.tlsHandshake)),
    clientRequest: recorder("conjure-legacy", () => sink.histogram(defined.clientRequest)),
    clientRequestError: recorder("conjure-legacy", () => sink.counter(defined.clientRequestError)),
    showLimiters: (source) => limiters?.show(source) ?? { [Symbol.dispose]: () => undefined },
    [Symbol.dispose]: () => {
      for (const measure of measures) measure[Symbol.dispose]();
    },
  };
}
