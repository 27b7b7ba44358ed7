import { createTopic } from "../base/events.js";
import { type HealthSignals, processHealth } from "../base/health-signals.js";
import type { Labels, MetricSink } from "../base/metric-sink.js";
import type {
  Channel,
  ConnectionClosed,
  LookupEvent,
  PoolEvent,
  TlsExpiryQuestion,
} from "../channel/index.js";
import type { HttpCallEvent } from "../http/index.js";
import { callLabels, errorType, serverOf } from "./call-labels.js";
import {
  activeRequests,
  certificateValidUntil,
  channelsCurrent,
  channelsHealthy,
  channelsOpened,
  channelsTarget,
  connectionDuration,
  healthSignal,
  lookupDuration,
  openConnections,
  requestDuration,
} from "./definitions.js";

/** Where metrics go, and of which channels. */
export interface MetricsOptions {
  /** Takes the measurements. */
  readonly sink: MetricSink;
  /**
   * Gives the channels whose members are counted, each time somebody looks: `openedChannels` of `millrace/channel`
   * gives all of the process.
   * @defaultValue none
   */
  readonly channels?: (() => Iterable<Pick<Channel, "label" | "origin" | "snapshot">>) | undefined;
  /**
   * Health signals to tell of; `false` for none.
   * @defaultValue {@link processHealth}
   */
  readonly signals?: HealthSignals | false | undefined;
  /**
   * Whether calls are measured here. Not where `createClientMetrics` of `millrace/client/metrics` has the same sink: it
   * measures them under the same names.
   * @defaultValue true
   */
  readonly calls?: boolean | undefined;
}

/**
 * Measures channels and HTTP calls from now on, until disposed of: `http.client.request.duration`,
 * `http.client.active_requests`, `http.client.open_connections`, `http.client.connection.duration`, `dns.lookup.duration`, `client_channels_target`,
 * `client_channels_current`, `client_channels_healthy`, `client_channels_opened`, `tls_certificate_valid_until` and
 * `health_signal`.
 *
 * Calls are told of by `openHttpChannel` and the layer `publishCalls`. What only grows counts from here on: open metrics
 * first.
 */
export function openMetrics(options: MetricsOptions): Disposable {
  const { sink, channels = () => [], signals = processHealth, calls = true } = options;
  const parts = calls ? measureCalls(sink) : [];
  parts.push(
    ...measureLookups(sink),
    ...measureConnections(sink),
    ...countOpened(sink),
    observeCertificates(sink),
  );
  parts.push(...observeChannels(sink, channels));
  if (signals) parts.push(observeSignals(sink, signals));
  return {
    [Symbol.dispose]() {
      for (const part of parts.splice(0).reverse()) part[Symbol.dispose]();
    },
  };
}

function measureCalls(sink: MetricSink): Disposable[] {
  const durations = sink.histogram(requestDuration);
  const active = sink.upDownCounter(activeRequests);
  // What began before this is not counted down.
  const running = new Map<unknown, Labels>();
  const topic = createTopic<HttpCallEvent>("millrace.http.call");
  const listening = topic.subscribe((event) => {
    if (event.kind === "started") {
      const labels = callLabels(event.call);
      running.set(event.call, labels);
      active.record(1, labels);
      return;
    }
    const labels = running.get(event.call);
    if (!labels) return;
    running.delete(event.call);
    active.record(-1, labels);
    durations.record(event.durationMs / 1_000, {
      ...labels,
      "network.protocol.version": "1.1",
      ...(event.status !== undefined && { "http.response.status_code": event.status }),
      ...failure(event.status, event.error),
    });
  });
  return [durations, active, listening];
}

/** What the conventions call an error: no response, a broken one, or a status that says so. */
function failure(status: number | undefined, error: unknown): Labels {
  if (error !== undefined) return { "error.type": errorType(error) };
  return status !== undefined && status >= 400 ? { "error.type": String(status) } : {};
}

function measureLookups(sink: MetricSink): Disposable[] {
  const durations = sink.histogram(lookupDuration);
  const topic = createTopic<LookupEvent>("millrace.dns.lookup");
  const listening = topic.subscribe(({ target, durationMs, error }) => {
    const labels = { "dns.question.name": target };
    durations.record(
      durationMs / 1_000,
      error === undefined ? labels : { ...labels, "error.type": errorType(error) },
    );
  });
  return [durations, listening];
}

function measureConnections(sink: MetricSink): Disposable[] {
  const durations = sink.histogram(connectionDuration);
  const topic = createTopic<ConnectionClosed>("millrace.channel.connection");
  const listening = topic.subscribe(({ label, origin, address, durationMs }) =>
    durations.record(durationMs / 1_000, {
      ...connectionLabels(new URL(origin)),
      "network.peer.address": hostOf(address),
      client_name: label,
    }),
  );
  return [durations, listening];
}

/** What the connections of an origin have in common. */
function connectionLabels(url: URL): Labels {
  return {
    ...serverOf(url),
    "url.scheme": url.protocol.slice(0, -1),
    "network.protocol.version": "1.1",
  };
}

function countOpened(sink: MetricSink): Disposable[] {
  const opened = sink.counter(channelsOpened);
  const topic = createTopic<PoolEvent>("millrace.channel.pool");
  const listening = topic.subscribe((event) => {
    if (event.kind === "opened") opened.record(1, { client_name: event.label });
  });
  return [opened, listening];
}

/** Asks those that follow files when somebody looks: what was loaded before this is known, what is closed is not. */
function observeCertificates(sink: MetricSink): Disposable {
  const questions = createTopic<TlsExpiryQuestion>("millrace.tls.expiry");
  return sink.gauge(certificateValidUntil, (tell) => {
    questions.publish({ tell: (files, expiresAt) => tell(expiresAt / 1_000, { files: files.join(" ") }) });
  });
}

function observeSignals(sink: MetricSink, signals: HealthSignals): Disposable {
  return sink.gauge(healthSignal, (tell) => {
    const unhealthy = new Set(signals.unhealthy);
    for (const signal of signals.names) tell(unhealthy.has(signal) ? 0 : 1, { signal });
  });
}

function observeChannels(sink: MetricSink, channels: NonNullable<MetricsOptions["channels"]>): Disposable[] {
  const each = (count: (channel: ReturnType<Channel["snapshot"]>) => number) => (tell: Tell) => {
    for (const channel of channels()) tell(count(channel.snapshot()), { client_name: channel.label });
  };
  return [
    sink.gauge(
      channelsTarget,
      each(({ wanted }) => wanted),
    ),
    sink.gauge(
      channelsCurrent,
      each(({ members }) => members.length),
    ),
    sink.gauge(
      channelsHealthy,
      each(({ healthy }) => healthy),
    ),
    sink.gauge(openConnections, (tell) => {
      for (const channel of channels()) tellConnections(channel, tell);
    }),
  ];
}

type Tell = (value: number, labels: Labels) => void;

function tellConnections(channel: Pick<Channel, "label" | "origin" | "snapshot">, tell: Tell): void {
  const totals = new Map<string, { active: number; idle: number }>();
  for (const { address, connections } of channel.snapshot().members) {
    const host = hostOf(address);
    const { active, idle } = totals.get(host) ?? { active: 0, idle: 0 };
    totals.set(host, { active: active + connections.active, idle: idle + connections.idle });
  }
  const shared = connectionLabels(new URL(channel.origin));
  for (const [host, { active, idle }] of totals) {
    const labels = { ...shared, "network.peer.address": host, client_name: channel.label };
    tell(active, { ...labels, "http.connection.state": "active" });
    tell(idle, { ...labels, "http.connection.state": "idle" });
  }
}

/** What the conventions call an address: `10.0.0.1:80` and `[::1]:80` without their ports, and the path of a socket. */
function hostOf(address: string): string {
  if (address.startsWith("unix:")) return address.slice("unix:".length);
  return address.slice(0, address.lastIndexOf(":")).replace(/^\[|\]$/g, "");
}
