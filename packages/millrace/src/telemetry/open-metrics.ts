import { createTopic } from "../base/events.js";
import type { Labels, MetricSink } from "../base/metric-sink.js";
import type { Channel, LookupEvent, PoolEvent, TlsReload } from "../channel/index.js";
import type { HttpCallEvent } from "../http/index.js";
import { callLabels, errorType, serverOf } from "./call-labels.js";
import {
  activeRequests,
  certificateValidUntil,
  channelsCurrent,
  channelsHealthy,
  channelsOpened,
  channelsTarget,
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
   * Whether calls are measured here. Not where `createClientMetrics` of `millrace/client/metrics` has the same sink: it
   * measures them under the same names.
   * @defaultValue true
   */
  readonly calls?: boolean | undefined;
}

/**
 * Measures channels and HTTP calls from now on, until disposed of: `http.client.request.duration`,
 * `http.client.active_requests`, `http.client.open_connections`, `dns.lookup.duration`, `client_channels_target`,
 * `client_channels_current`, `client_channels_healthy`, `client_channels_opened` and `tls_certificate_valid_until`.
 *
 * Calls are told of by `openHttpChannel` and the layer `publishCalls`. Certificates are known once they have been loaded
 * after this: open metrics first.
 */
export function openMetrics(options: MetricsOptions): Disposable {
  const { sink, channels = () => [], calls = true } = options;
  const parts = calls ? measureCalls(sink) : [];
  parts.push(...measureLookups(sink), ...countOpened(sink), ...watchCertificates(sink));
  parts.push(...observeChannels(sink, channels));
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

function countOpened(sink: MetricSink): Disposable[] {
  const opened = sink.counter(channelsOpened);
  const topic = createTopic<PoolEvent>("millrace.channel.pool");
  const listening = topic.subscribe((event) => {
    if (event.kind === "opened") opened.record(1, { client_name: event.label });
  });
  return [opened, listening];
}

function watchCertificates(sink: MetricSink): Disposable[] {
  const ends = new Map<string, number>();
  const topic = createTopic<TlsReload>("millrace.tls.reload");
  const listening = topic.subscribe(({ files, expiresAt }) => {
    if (expiresAt !== undefined) ends.set(files.join(" "), expiresAt / 1_000);
  });
  const gauge = sink.gauge(certificateValidUntil, (tell) => {
    for (const [files, end] of ends) tell(end, { files });
  });
  return [gauge, listening];
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

/** Over HTTP/1.1 a call has its connection to itself; of the unused ones each member's first is counted. */
function tellConnections(channel: Pick<Channel, "label" | "origin" | "snapshot">, tell: Tell): void {
  const { members, balance } = channel.snapshot();
  const inFlight = new Map(balance.members.map((member) => [member.key, member.inFlight]));
  const totals = new Map<string, { active: number; idle: number }>();
  for (const { key, address, state } of members) {
    const calls = inFlight.get(key) ?? 0;
    const total = totals.get(address) ?? { active: 0, idle: 0 };
    total.active += calls;
    if (calls === 0 && state !== "connecting") total.idle += 1;
    totals.set(address, total);
  }
  const server = serverOf(new URL(channel.origin));
  for (const [address, { active, idle }] of totals) {
    const labels = { ...server, "network.peer.address": address, client_name: channel.label };
    tell(active, { ...labels, "http.connection.state": "active" });
    tell(idle, { ...labels, "http.connection.state": "idle" });
  }
}
